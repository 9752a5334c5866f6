// One message on its way at a time: the next one goes when Python has answered the last.

/** Say something to Python that needs no answer; a kernel that is gone is said elsewhere. */
export function tell(say) {
  try {
    say();
  } catch {
    // The connection is closed: JupyterLab's comm throws, and the lab says that its kernel is gone.
  }
}

/** A name for one sending; crypto.randomUUID is missing on pages without https. */
export function new_id() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/**
 * Sends a message and waits for its answer.
 *
 * A kernel that is silent for too long is reported, and another message may go meanwhile; should
 * the answer come after all, the report is taken back.
 */
export class Sender {
  /**
   * @param send (content, buffers) => void, throws where the connection is closed
   * @param words { no_answer, no_connection }: what is said of a silent and of a lost kernel
   * @param changed called when a message has waited too long
   * @param clock has setTimeout and clearTimeout
   */
  constructor({ send, words, changed, clock = globalThis }) {
    Object.assign(this, { deliver: send, words, changed, clock, token: null, timer: 0 });
    this.stalled = false;
    this.problem = "";
  }

  /** Whether a message is on its way and Python may still answer in time. */
  get waits() {
    return this.token !== null && !this.stalled;
  }

  /** Send, and wait so many seconds for an answer to `token`; false where the connection is lost. */
  send(token, seconds, content, buffers = []) {
    this.land();
    this.token = token;
    this.wait(seconds);
    try {
      this.deliver(content, buffers);
      return true;
    } catch {
      this.land();
      this.problem = this.words.no_connection;
      return false;
    }
  }

  /** Wait anew for the answer. */
  wait(seconds) {
    this.clock.clearTimeout(this.timer);
    this.stalled = false;
    this.timer = this.clock.setTimeout(() => {
      this.stalled = true;
      this.problem = this.words.no_answer;
      this.changed();
    }, 1000 * seconds);
  }

  /** Take an answer; false where it is not to what is on its way. */
  answered(token) {
    if (this.token === null || token !== this.token) return false;
    this.land();
    return true;
  }

  /** Nothing is on its way any more. */
  land() {
    this.clock.clearTimeout(this.timer);
    Object.assign(this, { token: null, stalled: false, problem: "" });
  }
}

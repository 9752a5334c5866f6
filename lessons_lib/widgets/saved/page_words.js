// A line in the place of something that lives in JupyterLab only; its words are Python's.
import { make } from "../shared/elements.js";

export class PageWords {
  constructor({ words, call }, _buffers, host) {
    host.replaceChildren();
    const line = make(host.ownerDocument, "p", "lesson-needs-kernel", host, `${words} `);
    make(host.ownerDocument, "code", "", line, call);
  }
}

"""How long a newcomer waits for the first lab, and what its kernel holds in memory."""

import json
from typing import Any

from playwright.sync_api import Browser

from bench.slider_to_pixel import VIEWPORT
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

NOTEBOOK = "startup.ipynb"
FIRST_LAB = "from lessons_lib.widgets import stride_lab\n\nstride_lab(stride=2)"

# From asking for a kernel to the frame that shows the first lab; the cells wait for the kernel.
START = """
(async (path) => {
  const panel = window.live.panel(path);
  const shown = new Promise((resolve, reject) => {
    document.addEventListener('lesson-drawn', resolve, { once: true });
    setTimeout(() => reject(new Error('no lab was drawn within 60 s')), 60000);
  });
  const begin = performance.now();
  await panel.sessionContext.changeKernel({ name: 'python3' });
  const ran = window.jupyterapp.commands.execute('notebook:run-all-cells');
  const failed = new Promise((_, reject) => {
    ran.then((well) => { if (well === false) reject(new Error('the cell failed')); });
  });
  const event = await Promise.race([shown, failed]);
  window.bench_start = ((event.detail.frame_time ?? performance.now()) - begin) / 1000;
})"""


def measure(
    jupyter: LiveJupyter, chromium: Browser, cell: str = FIRST_LAB, times: int = 3
) -> dict[str, Any]:
    """Start a kernel, run one lab cell, look at the kernel's memory; several times over.

    Args:
        jupyter: the running server.
        chromium: the browser.
        cell: the source whose lab is waited for.
        times: how often; the first start reads from a cold disk cache where the others do not.

    Returns:
        startup_s (median), startup_first_s, rss_mb (largest; 1 MB is 10^6 bytes), or
        startup_failed with the reason.
    """
    jupyter.write(NOTEBOOK, notebook(cell))
    seconds, memory = [], []
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    with LiveNotebook(page, jupyter.url, NOTEBOOK) as live:
        for _ in range(times):
            path = json.dumps(NOTEBOOK)
            live.start_task(f"window.live.panel({path}).sessionContext.shutdown()")
            live.wait_task(20)
            live.start_task(f"{START}({path})")
            try:
                live.wait_task(90)
            except RuntimeError as error:
                return {"startup_failed": (live.cell_errors() or [str(error)])[0]}
            seconds.append(float(page.evaluate("() => window.bench_start")))
            live.wait_idle()
            page.wait_for_timeout(500)
            memory.append(jupyter.kernel_process(live.kernel_id()).memory_info().rss / 1e6)
    return {
        "startup_s": round(sorted(seconds)[len(seconds) // 2], 2),
        "startup_first_s": round(seconds[0], 2),
        "rss_mb": round(max(memory)),
    }

// A stage on a page of its own, after its first frame.
import { fake_page } from "./fake_page.mjs";

const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");

/** Show a scene; `numbers` are those of its first pane. */
export function stage_page(scene, numbers, pane_width) {
  const page = fake_page(
    {
      scene,
      tables: {},
      timing: { key: "", milliseconds: 0 },
      crash: "",
      pointer: {},
      probe: {},
      pixels_0: new DataView(new Float32Array(numbers).buffer),
    },
    { pane_width },
  );
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.canvas = page.find("lesson-pane-picture");
  page.said = () => page.find("lesson-pointer").textContent;
  return page;
}

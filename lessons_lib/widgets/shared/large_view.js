// The large view: one lab fills the window, or the screen where that is allowed.
import { lab_of } from "./elements.js";

/** Let a button of the stage enlarge its lab; returns the cleanup. `changed` is called after each change. */
export function large_view(root, button, changed) {
  const document = root.ownerDocument;
  const lab = () => lab_of(root);
  const is_large = () => lab().classList.contains("lesson-large");
  const enter = () => {
    lab().classList.add("lesson-large");
    button.textContent = "leave large view";
    lab()
      .requestFullscreen?.()
      .catch(() => {
        /* not allowed here: the lab fills the page instead */
      });
    changed();
  };
  const leave = () => {
    if (!is_large()) return;
    lab().classList.remove("lesson-large");
    button.textContent = "large view";
    if (document.fullscreenElement === lab()) document.exitFullscreen();
    changed();
  };
  const listeners = [
    [button, "click", () => (is_large() ? leave() : enter())],
    [
      document,
      "fullscreenchange",
      () => {
        if (document.fullscreenElement !== lab()) leave();
      },
    ],
    [
      document,
      "keydown",
      (event) => {
        if (event.key !== "Escape" || !is_large()) return;
        event.preventDefault(); // it means this, and no control is left as well
        leave();
      },
    ],
  ];
  for (const [target, ...listener] of listeners) target.addEventListener(...listener);
  return () => {
    for (const [target, ...listener] of listeners) target.removeEventListener(...listener);
  };
}

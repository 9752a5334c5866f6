// Light or dark: as the browser asks for, or as the reader has chosen. It stands in the head of a
// page, so that nothing is drawn in the other one first.
(() => {
  const NAME = "lesson-theme";
  const root = document.documentElement;
  const asked = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem(NAME);
  } catch {
    // a page in a frame may keep nothing
  }
  const show = () => {
    const dark = (chosen ?? (asked.matches ? "dark" : "light")) === "dark";
    root.dataset.jpThemeLight = String(!dark);
    root.dataset.jpThemeName = dark ? "dark" : "light";
    root.style.colorScheme = dark ? "dark" : "light";
    if (document.body) document.body.dataset.jpThemeName = root.dataset.jpThemeName; // labs look here
  };
  window.lessonTheme = (name) => {
    chosen = name;
    try {
      localStorage.setItem(NAME, name);
    } catch {
      // then it lasts as long as the page
    }
    show();
  };
  asked.addEventListener("change", show);
  show();
})();

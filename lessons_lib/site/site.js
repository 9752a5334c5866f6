// The site's own parts: light and dark, search, words in the text that set the lab below.
import { begin } from "../widgets/saved/page_things.js";
import { begin_links } from "../widgets/saved/page_links.js";
import { begin_search } from "./search.js";

function begin_theme(document) {
  const button = document.querySelector(".site-theme");
  if (!button) return;
  const root = document.documentElement;
  const is_dark = () => root.dataset.jpThemeLight === "false";
  const name = () => {
    button.textContent = is_dark() ? "light" : "dark";
    button.setAttribute("aria-label", `show the page ${button.textContent}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    document.defaultView.lessonTheme(is_dark() ? "light" : "dark");
    name();
  });
  document.defaultView.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  name();
}

export function begin_site(document) {
  begin_theme(document);
  begin_search(document, document.defaultView.lessonSections);
  begin_links(document);
  begin(document);
}

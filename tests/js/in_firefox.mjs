// A hand at a lab in Firefox: `node in_firefox.mjs FOLDER FIREFOX ADDRESS`. FOLDER has puppeteer-core,
// which speaks WebDriver BiDi; ADDRESS is of a notebook in JupyterLab that runs and shows its lab.
// What was seen is printed as JSON.
import { createRequire } from "node:module";

const [folder, executablePath, address] = process.argv.slice(2);
const puppeteer = createRequire(`${folder}/`)("puppeteer-core");
const OUTPUT = ".lesson-pane-output";
const LONGEST_MS = 60_000;
const MOST_TRIES = 40;
const BETWEEN_MS = 300;

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
try {
  const seen = { errors: [] };
  const page = await browser.newPage();
  page.setDefaultTimeout(LONGEST_MS);
  page.on("pageerror", ({ message }) => seen.errors.push(message));
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(address, { waitUntil: "domcontentloaded" });
  Object.assign(seen, await at_lab(page));
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}

async function at_lab(page) {
  await page.waitForFunction(() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.sessionContext?.session?.kernel?.status === "idle";
  });
  await page.evaluate(() => window.jupyterapp.commands.execute("notebook:run-all-cells"));
  await page.waitForSelector(".lesson-sentence:not(:empty)");
  const lab = await page.$(".lesson-lab");
  const text = (css) => lab.$eval(css, (element) => element.textContent);
  const changed = async (css, before) => {
    const differs = (place, was) => document.querySelector(place)?.textContent !== was;
    await page.waitForFunction(differs, {}, css, before);
    return text(css);
  };
  const middle = async (css) => {
    const part = await lab.$(css);
    await part.scrollIntoView();
    const { x, y, width, height } = await part.boundingBox();
    return [x + width / 2, y + height / 2];
  };
  const shape = `${OUTPUT} .lesson-pane-shape`;
  const handle = await lab.$(".lesson-control-stride .noUi-handle");
  const first = await text(shape);
  await handle.press("ArrowRight");
  const key = await changed(shape, first);

  const [x, y] = await middle(".lesson-control-stride .noUi-handle");
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 6 });
  await page.mouse.up();
  const drag = await changed(shape, key);

  // The panes find their places once the hand rests, and Firefox takes a driven pointer away from
  // what moves below it: it comes again until the numbers stand.
  const shown = () => lab.$(".lesson-microscope.lesson-shown");
  for (let tries = 0; !(await shown()) && tries < MOST_TRIES; tries += 1) {
    const [column, row] = await middle(`${OUTPUT} .lesson-pane-picture`);
    await page.mouse.move(column + (tries % 2), row);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  const pointer = await text(".lesson-pointer");
  const card = await text(".lesson-microscope");

  await page.keyboard.press("Escape");
  await (await lab.$(".lesson-large-button")).click();
  await page.waitForFunction(() => {
    const large = document.querySelector(".lesson-large")?.getBoundingClientRect();
    return large?.width === window.innerWidth && large.height === window.innerHeight;
  });
  await page.keyboard.press("Escape");
  await page.waitForSelector(".lesson-lab:not(.lesson-large)");
  return { first, key, drag, pointer, card };
}

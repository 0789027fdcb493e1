// Drives Debian's chromium for `tests/browser.py`: one command a line on stdin, one answer a line on stdout.
// A command is {"page": 1, "do": "fill", "with": ["#prompt", "a lamp"]}; an answer {"value": ...} or {"error": "..."}.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const PATIENCE_MS = 40_000;
// Software rendering, so that a machine without a graphics card has WebGL; root needs no sandbox of its own.
const args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const browser = await chromium.launch({ executablePath: process.argv[2], args });
const pages = new Map();

/** Collects, in the page, what it breaks of its own policy, and what its stage showed while the work stood how. */
function watch() {
  window.violations = [];
  window.shown = []; // [kind, state of the work, milliseconds], as the stage changed
  window.enteredMs = 0;
  const note = () => {
    const kind = document.querySelector("canvas")?.dataset.shown;
    const status = document.querySelector(".rail")?.dataset.status;
    if (kind) window.shown.push([kind, status, performance.now()]);
  };
  const options = { subtree: true, attributes: true, attributeFilter: ["data-shown"] };
  new MutationObserver(note).observe(document, options);
  addEventListener("keydown", (event) => event.key === "Enter" && (window.enteredMs = performance.now()), true);
  document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
  );
}

/** As on a machine without WebGL. */
function blind() {
  HTMLCanvasElement.prototype.getContext = () => null;
}

const actions = {
  async open(id, url, options) {
    const { blind: isBlind, held, ...rest } = options;
    const context = await browser.newContext({ reducedMotion: "reduce", ...rest });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await context.addInitScript(watch);
    if (isBlind) await context.addInitScript(blind);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const seen = { requests: [], faults: [] };
    page.on("request", (request) => seen.requests.push(`${request.method()} ${request.url()}`));
    page.on("pageerror", (error) => seen.faults.push(error.message));
    let release = null;
    if (held) {
      const released = new Promise((resolve) => (release = resolve));
      await page.route(held, (route) => released.then(() => route.continue()));
    }
    pages.set(id, { page, seen, context, release });
    await page.goto(url);
  },
  goto: ({ page }, url) => page.goto(url).then(() => null),
  fill: ({ page }, selector, text) => page.fill(selector, text),
  select: ({ page }, selector, value) => page.selectOption(selector, value).then(() => null),
  click: ({ page }, selector) => page.click(selector),
  press: ({ page }, key) => page.keyboard.press(key),
  type: ({ page }, text) => page.keyboard.type(text),
  hover: ({ page }, x, y) => page.mouse.move(x, y),
  // Asked again and again from outside: playwright's own wait would evaluate text in the page, which its policy forbids.
  async until({ page }, expression) {
    const end = Date.now() + PATIENCE_MS;
    while (!(await page.evaluate(expression))) {
      if (Date.now() > end) throw new Error(`in vain: ${expression}; the page says: ${await page.innerText("body")}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  },
  release: ({ release }) => release(),
  ask: ({ page }, expression) => page.evaluate(expression),
  offline: ({ context }, off) => context.setOffline(off),
  seen: ({ seen }) => seen,
  async picture({ page }, selector) {
    return (await page.locator(selector).screenshot()).toString("base64");
  },
  async screen({ page }) {
    return (await page.screenshot()).toString("base64");
  },
  drop({ page }, ...given) {
    return page.evaluate(([selector, name, data]) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name));
      document.querySelector(selector).dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
    }, given);
  },
  choose({ page }, selector, name, data) {
    const file = { name, mimeType: "application/octet-stream", buffer: Buffer.from(data, "base64") };
    return page.setInputFiles(selector, file);
  },
  async saved({ page }, selector) {
    const waiting = page.waitForEvent("download");
    await page.click(selector);
    const download = await waiting;
    return [download.suggestedFilename(), (await readFile(await download.path())).toString("base64")];
  },
  async axe({ page }) {
    await page.evaluate(await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8"));
    const { violations } = await page.evaluate("axe.run()");
    const worst = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return worst.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  },
  async close({ context }, id) {
    await context.close();
    pages.delete(id);
  },
};

console.log(JSON.stringify({ value: browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    const target = ["open"].includes(command.do) ? command.page : pages.get(command.page);
    const given = command.do === "close" ? [command.page] : command.with;
    console.log(JSON.stringify({ value: (await actions[command.do](target, ...given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}
await browser.close();

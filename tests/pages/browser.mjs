// Debian's Chromium and what is looked for on every page, for pictures (look.mjs) and for walks (walk.mjs).
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

export const SIZES = {
  phone: { width: 360, height: 740, isMobile: true, hasTouch: true },
  desk: { width: 1280, height: 800 },
};
export const SCHEMES = ["light", "dark"];
const HEAVIEST = 100 * 1024; // bytes, with all that the page loads
// CSS pixels that a finger, or a mouse (WCAG 2.2, 2.5.8), needs.
const TARGET = { phone: 44, desk: 24 };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const program = process.env.CHROMIUM ?? "/usr/bin/chromium";

export function launch(strangersCertificate) {
  return puppeteer.launch({
    executablePath: program,
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--accept-lang=vi"],
    protocolTimeout: 60_000, // milliseconds; what the browser does not answer by then, it never does
    acceptInsecureCerts: strangersCertificate, // a demonstration's own authority
  });
}

// Ends it; one that does not end by itself has shown all that it was asked for, and would be waited for without end.
export async function quit(browser) {
  const late = setTimeout(() => browser.process()?.kill("SIGKILL"), 15_000);
  await browser.close();
  clearTimeout(late);
}

// Hears what a page says on its console, and adds up what it loads. `tell` is called with each finding.
export function listen(page, tell) {
  const heard = { bytes: 0, loading: [] };
  page.on("console", (message) => tell(`console: ${message.text()}`));
  page.on("pageerror", (error) => tell(`script: ${error.message}`));
  page.on("dialog", (dialog) => {
    tell(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.isNavigationRequest() && !request.redirectChain().length) Object.assign(heard, { bytes: 0, loading: [] });
  });
  page.on("response", (response) => {
    // The document itself, which weighs what it weighs.
    if (/\/documents\/\d+\/pages\/\d+$/.test(new URL(response.url()).pathname)) return;
    const body = response.buffer().then((bytes) => { heard.bytes += bytes.length; }, () => {}); // a redirect has none
    heard.loading.push(body);
  });
  return heard;
}

// Everything runs in a world of its own, so the page's policy stays as strict as it is.
async function apart(page, work) {
  const session = await page.createCDPSession();
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const run = async (expression) => {
    const answer = await session.send("Runtime.evaluate", { expression, contextId, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? "a script failed");
    return answer.result.value;
  };
  try {
    return await work(run);
  } finally {
    await session.detach();
  }
}

// What axe finds, by these rules.
const barriers = (rules) => `axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] })
  .then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? n.failureSummary)).join(" | ")))`;

// In the page: what the policy would refuse, were it not there.
function inline() {
  const found = [];
  const say = (node) => found.push(`inline: ${node.outerHTML.slice(0, 80)}`);
  document.querySelectorAll("script:not([src]), style").forEach(say);
  for (const node of document.querySelectorAll("*")) {
    if ([...node.attributes].some((one) => /^on|^style$/.test(one.name) || /^\s*javascript:/i.test(one.value))) say(node);
  }
  return found;
}

// In the page: what is too low to be hit. A link within a sentence is as high as its line.
function low(least) {
  const found = [];
  for (const node of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    const place = node.matches("[type=checkbox], [type=radio]") ? (node.closest("label") ?? node) : node;
    const { width, height } = place.getBoundingClientRect();
    const shown = node.checkVisibility({ visibilityProperty: true }) && !node.closest(".hidden, .skip");
    const among = [...node.parentElement.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.textContent.trim());
    const sentence = among && node.matches("p a");
    if (shown && !sentence && (height < least - 0.5 || width < 23.5)) {
      found.push(`${Math.round(width)} by ${Math.round(height)} pixels, not ${least}: ${node.outerHTML.slice(0, 90)}`);
    }
  }
  return found;
}

// All bodies are weighed, but for one that is not handed over in time: the driver waits for a body without a limit, and
// nobody else acts meanwhile.
async function loaded(heard) {
  let late;
  const limit = new Promise((resolve) => { late = setTimeout(resolve, 10_000); });
  await Promise.race([Promise.all(heard.loading), limit]);
  clearTimeout(late);
}

// All that is wrong with the page as it stands, in this size and scheme.
export async function faults(page, size, heard) {
  await loaded(heard);
  return apart(page, async (run) => {
    const found = [];
    const wide = (await run("document.documentElement.scrollWidth")) - SIZES[size].width; // innerWidth grows with a page too wide
    if (wide > 0) found.push(`${wide} pixels wider than the window`);
    if (heard.bytes > HEAVIEST) found.push(`${heard.bytes} bytes`);
    found.push(...(await run(`(${inline})()`)), ...(await run(`(${low})(${TARGET[size]})`)));
    await run(`${axe}; true`);
    return found.concat(await run(barriers(RULES)));
  });
}

// The one thing that another scheme can break.
export function contrasts(page) {
  return apart(page, async (run) => {
    await run(`${axe}; true`);
    return run(barriers({ type: "rule", values: ["color-contrast"] }));
  });
}

export function emulate(page, scheme) {
  return page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
}

// The window is as high as the page meanwhile, so that a bar which sticks to its end stands there.
export function picture(page, directory, name) {
  return page.screenshot({ path: join(directory, `${name}.png`), fullPage: true, captureBeyondViewport: false });
}

// Takes pictures of pages and looks for barriers, with Debian's Chromium and axe-core.
//
//   node look.mjs DIRECTORY PICTURES      the files that the example `gallery` wrote
//   node look.mjs https://… PICTURES PATH…  a real server, these paths, the cookie in KYSO_COOKIE
//
// Each page is opened at phone and desk size, in light and dark, or only in the views that KYSO_VIEWS
// names (`phone-light,desk-dark`); a page in English only in the first of them. It fails on any violation that axe finds, any message on the console
// (a refused script or style is one), any page wider than its window, anything too low to be hit, and
// any page that weighs more than 100 KB with its assets.
// The last line counts.
import { createServer } from "node:http";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { SCHEMES, SIZES, emulate, faults, launch, listen, picture, quit } from "./browser.mjs";

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const KINDS = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

// A page of a document or the picture of a seal, which the gallery has none of.
const SHEET = '<svg xmlns="http://www.w3.org/2000/svg" width="1120" height="1584"><rect width="1120" height="1584" fill="#fff" stroke="#888"/></svg>';

const [source, pictures, ...paths] = process.argv.slice(2);
if (!source || !pictures) {
  console.error("usage: look.mjs DIRECTORY|URL PICTURES [PATH…]");
  process.exit(2);
}
const findings = [];
const began = Date.now();
let looked = 0;

const all = Object.keys(SIZES).flatMap((size) => SCHEMES.map((scheme) => [size, scheme]));
const named = process.env.KYSO_VIEWS?.split(",");
const views = all.filter((view) => !named || named.includes(view.join("-")));

async function serve(directory) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    if (/\/(documents\/\d+\/pages\/\d+|pictures\/\w+\/file)$/.test(path)) return response.writeHead(200, { "Content-Type": KINDS[".svg"] }).end(SHEET);
    try {
      const bytes = await readFile(join(directory, path));
      response.writeHead(200, { "Content-Type": KINDS[extname(path)] ?? "text/plain", "Content-Security-Policy": POLICY });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { base: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function files(directory) {
  const found = [];
  for (const language of ["vi", "en"]) {
    for (const name of (await readdir(join(directory, language))).sort()) found.push(`/${language}/${name}`);
  }
  return found;
}

async function look(browser, base, path, size, scheme) {
  const page = await browser.newPage();
  const name = `${path.replace(/^\//, "").replace(/[^a-z0-9]+/gi, "-").replace(/-html$/, "")}-${size}-${scheme}`;
  const wrong = (text) => {
    findings.push(name);
    console.log(`${name}: ${text}`);
  };
  const heard = listen(page, wrong);
  if (process.env.KYSO_COOKIE) {
    const [key, value] = process.env.KYSO_COOKIE.split(/=(.*)/s);
    await browser.setCookie({ name: key, value, domain: new URL(base).hostname, path: "/", secure: base.startsWith("https") });
  }
  await page.setViewport(SIZES[size]);
  await emulate(page, scheme);
  const answer = await page.goto(base + path, { waitUntil: "load" });
  if (answer.status() >= 500) wrong(`status ${answer.status()}`);
  for (const fault of await faults(page, size, heard)) wrong(fault);
  await picture(page, pictures, name);
  looked += 1;
  await page.close();
}

await mkdir(pictures, { recursive: true });
const real = /^https?:/.test(source);
const server = real ? { base: source.replace(/\/$/, ""), close() {} } : await serve(source);
const browser = await launch(real);
try {
  for (const path of paths.length ? paths : await files(source)) {
    // One after another: a tab that is not in front draws nothing, so its picture would never come.
    // In English other words stand in the same places, so that one view shows whether they fit.
    for (const [size, scheme] of path.startsWith("/en/") ? views.slice(0, 1) : views) await look(browser, server.base, path, size, scheme);
  }
} finally {
  await quit(browser);
  server.close();
}
const end = findings.length || !looked ? "FAILED" : "ok";
console.log(`test pages::look ... ${end} (${Math.round((Date.now() - began) / 1000)} s)`);
console.log(`${looked} views, ${findings.length} findings`);
console.log(`test result: ${end}. ${end === "ok" ? 1 : 0} passed; ${end === "ok" ? 0 : 1} failed; 0 ignored; pages by themselves`);
process.exitCode = end === "ok" ? 0 : 1;

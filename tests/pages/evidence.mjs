// Opens the verifier page of a bundle from a file, as an officer does who has nothing else, and gives it true and false
// bundles:
//
//   node evidence.mjs BUNDLES PICTURES
//
// BUNDLES is what `cargo run -p kyso-evidence --example forgeries` wrote, with the page that tar took out of a bundle.
// Each false one must be refused by the same word as the verifier in Rust uses, and for the same entry, tile or key.
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SCHEMES, SIZES, contrasts, emulate, faults, launch, listen, picture, quit } from "./browser.mjs";

const [bundles, pictures] = process.argv.slice(2).map((path) => resolve(path));
if (!pictures) {
  console.error("usage: evidence.mjs BUNDLES PICTURES");
  process.exit(2);
}
await mkdir(pictures, { recursive: true });
const read = (name) => readFile(join(bundles, name), "utf8");
const cases = JSON.parse(await read("forgeries.json"));
const keys = await read("keys");
const browser = await launch(false);
const failed = [];
let passed = 0;

async function verdict(page, one, given) {
  await (await page.$("#bundle")).uploadFile(join(bundles, one.file));
  if (one.beside) await (await page.$("#beside")).uploadFile(join(bundles, one.beside));
  await page.$eval("#keys", (field, value) => (field.value = value), given);
  await page.click("#go");
  await page.waitForSelector("#result[data-word]");
  const seen = () => page.$eval("#result", (box) => ({ word: box.dataset.word, text: box.innerText }));
  const first = await seen();
  await page.click("#language");
  const second = await seen();
  await page.click("#language");
  return { word: first.word, vi: first.text, en: second.text };
}

// A page of its own for each: what one left behind must not help the next.
async function check(name, size, scheme, work) {
  const page = await browser.newPage();
  const found = [];
  try {
    const heard = listen(page, (finding) => found.push(finding));
    page.on("request", (request) => {
      if (!/^(file|blob):/.test(request.url())) found.push(`asks the network: ${request.url()}`);
    });
    await page.setViewport(SIZES[size]);
    await emulate(page, scheme);
    await page.goto(pathToFileURL(join(bundles, "verify.html")).href);
    await work(page, found, heard);
  } catch (error) {
    found.push(error.message);
  }
  await page.close();
  console.log(`test evidence: ${name} ... ${found.length ? "FAILED" : "ok"}`);
  found.forEach((finding) => console.log(`    ${finding}`));
  found.length ? failed.push(name) : passed++;
}

for (const one of cases) {
  const what = one.word === "ok" ? "holds" : "is refused";
  await check(`${one.file}${one.beside ? ` beside ${one.beside}` : ""} ${what}`, "desk", "light", async (page, found) => {
    const { word, vi, en } = await verdict(page, one, keys);
    if (word !== one.word) found.push(`says ${word}, not ${one.word}: ${en}`);
    for (const text of [vi, en]) {
      const names = text === vi ? one.names.replace(" to ", " đến ") : one.names;
      if (!text.includes(names)) found.push(`does not name ${names}: ${text}`);
    }
  });
}
await check("keys of the bundle itself are said to be", "desk", "light", async (page, found) => {
  const { word, vi, en } = await verdict(page, cases[0], "");
  if (word !== "ok" || !en.includes("keys in the bundle itself") || !vi.includes("khóa ghi trong chính tệp")) found.push(en);
});
await check("a key that is given counts, and not the bundle's", "desk", "light", async (page, found) => {
  const other = keys.split("\n").map((line) => line.replace(/^export /, "log ")).slice(1, 2).join("\n");
  const { word } = await verdict(page, cases[0], other);
  if (word !== "one_key") found.push(word);
});
// A page in a file has its style and script in it; its policy names them by their hash.
const look = async (page, size, heard) => (await faults(page, size, heard)).filter((fault) => !/^inline: <(style|script)>/.test(fault));
const shown = { refused: cases.find((one) => one.word === "entry_changed"), true: cases[1] };
for (const size of Object.keys(SIZES)) {
  for (const scheme of SCHEMES) {
    for (const [name, one] of Object.entries(shown)) {
      await check(`looks well, ${name}, ${size}, ${scheme}`, size, scheme, async (page, found, heard) => {
        found.push(...(await look(page, size, heard)));
        await verdict(page, one, keys);
        found.push(...(await look(page, size, heard)), ...(await contrasts(page)));
        // Last, and nothing pressed after it: a picture leaves the page at times without another frame, and a click waits for one.
        await picture(page, pictures, `evidence-${name}-${size}-${scheme}`);
      });
    }
  }
}
await quit(browser);
console.log(`test result: ${failed.length ? "FAILED" : "ok"}. ${passed} passed; ${failed.length} failed; 0 ignored; the page of bundles`);
process.exit(failed.length ? 1 : 0);

// Walks through the pages of a server that `kyso-demo pages` runs, as the people of five roles and strangers do:
//
//   node walk.mjs DEMO.JSON PAGES.JSON PICTURES [WALK…]
//
// Each walk goes at phone size, by touch, and at desk size, by mouse. On every page it looks for what axe finds,
// messages on the console, inline scripts, pages wider than the window, heavier than 100 KB or too low to be hit; after
// every act it reads what the person sees. It prints each walk as a test, and then the counts.
import { mkdir, readFile } from "node:fs/promises";
import { Authenticator } from "./authenticator.mjs";
import { SIZES, launch, picture, quit } from "./browser.mjs";
import { Person } from "./person.mjs";
import { clerk } from "./walks/clerk.mjs";
import { leader } from "./walks/leader.mjs";
import { manager, secondManager } from "./walks/manager.mjs";
import { managerApprovesReset, managerEnds } from "./walks/manager_ends.mjs";
import { officer } from "./walks/officer.mjs";
import { newcomer, operator, stranger } from "./walks/others.mjs";

const [demoFile, stageFile, pictures, ...chosen] = process.argv.slice(2);
if (!pictures) {
  console.error("usage: walk.mjs DEMO.JSON PAGES.JSON PICTURES [WALK…]");
  process.exit(2);
}
const [demo, stage] = await Promise.all([demoFile, stageFile].map(async (file) => JSON.parse(await readFile(file, "utf8"))));
await mkdir(pictures, { recursive: true });
const browser = await launch(true);
const [passed, failed] = [[], []];
const began = Date.now();
const seconds = (since) => Math.round((Date.now() - since) / 1000);
let looks = 0;

function known(person, needsCode) {
  return { ...person, needsCode, authenticator: new Authenticator(person.totp_secret, stage.last_steps[person.login]) };
}
const office = {
  clerk: known(demo.accounts.clerk, true),
  manager1: known(demo.accounts.manager1, true),
  manager2: known(demo.accounts.manager2, true),
  officer: known(demo.accounts.officer, true),
  operator: known(stage.operator, true),
};
// Each size has its own leader, newcomer and credentials, so that both may be walked at once.
const own = {
  phone: {
    leader: known(demo.accounts.leader, false),
    login: stage.newcomers[0],
    managed: demo.signers[0].credentials["rsa-2048"],
    suspected: demo.credentials.leader_p256,
  },
  desk: {
    leader: known(stage.deputy, false),
    login: stage.newcomers[1],
    managed: demo.signers[0].credentials["p-256"],
    suspected: demo.credentials.seal_p256,
  },
};

// One walk; what it gives on, or undefined if it failed.
async function walk(name, size, way, ...given) {
  if (chosen.length && !chosen.includes(name)) return undefined;
  const started = Date.now();
  const person = await Person.at(browser, { base: demo.base_url, size, pictures, name: `${name}, ${size}` });
  const findings = person.findings;
  let end;
  try {
    end = await way(person, ...given);
  } catch (error) {
    findings.push(`${person.name}: ${error.message}`);
    await picture(person.page, pictures, `failed-${name}-${size}`).catch(() => {});
  }
  looks += person.looks;
  (findings.length ? failed : passed).push(name);
  console.log(`test pages::${name}::${size} ... ${findings.length ? "FAILED" : "ok"} (${seconds(started)} s)`);
  for (const finding of findings) console.log(`    ${finding}`);
  await person.close();
  return end;
}

// Those who wait longest for one-time passwords begin; what is nobody's fault but theirs is not begun after a failure.
async function organisation(size) {
  const { login, managed } = own[size];
  const change = { login, credential: managed };
  const code = await walk("manager", size, manager, office.manager1, change);
  if (!code) return;
  await Promise.all([
    walk("second_manager", size, secondManager, office.manager2, change),
    walk("newcomer", size, newcomer, { code, login }),
  ]);
}
// The second one begins when the first has proposed.
function ends(size) {
  const somebody = { login: `sap-nghi-${size}`, name: `Lê Thị Sắp Nghỉ ${size}` };
  const approve = () => walk("manager_ends", size, managerApprovesReset, office.manager2, somebody);
  return walk("manager_ends", size, managerEnds, office.manager1, somebody, approve);
}
const each = (way) => Promise.all(Object.keys(SIZES).map(way));
await Promise.all([
  each(organisation),
  each(ends),
  each((size) => walk("clerk", size, clerk, office.clerk)),
  each((size) => walk("leader", size, leader, own[size].leader)),
  each((size) => walk("officer", size, officer, office.officer, { credential: own[size].suspected })),
  each((size) => walk("operator", size, operator, office.operator)),
  each((size) => walk("stranger", size, stranger)),
]);
await quit(browser);
console.log(`${looks} views were looked at; pictures of them are in ${pictures}`);
console.log(`\ntest result: ${failed.length ? "FAILED" : "ok"}. ${passed.length} passed; ${failed.length} failed; 0 ignored; finished in ${seconds(began)} s`);
process.exitCode = failed.length ? 1 : 0;

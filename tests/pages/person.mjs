// Somebody at a browser of their own: they read, click or tap, and type; on every page that they look at, faults are sought.
import { SCHEMES, SIZES, contrasts, emulate, faults, listen, picture } from "./browser.mjs";

// A click leads to another page within so many milliseconds.
const PATIENCE = 30_000;
// No act takes as many. One that never ends would hold everybody else, and say of nobody that it failed.
const LONGEST = 300_000;

// One acts at a time: only the tab in front draws, and a tab that is left while it draws may never end.
let front = Promise.resolve();

export class Person {
  findings = [];
  looks = 0;
  #seen = new Set();
  #view = "start";
  #inFront = false;
  #refused; // the status that is meant, of which the browser tells on the console

  static async at(browser, walk) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.setViewport(SIZES[walk.size]);
    await page.setCacheEnabled(false); // each page is weighed with all that it loads
    return new Person(context, page, walk);
  }

  constructor(context, page, { base, size, pictures, name }) {
    Object.assign(this, { context, page, base, size, pictures, name });
    this.heard = listen(page, (text) => {
      if (!(this.#refused && text.endsWith(`a status of ${this.#refused} ()`))) this.#find(text);
    });
  }

  #find(text) {
    this.findings.push(`${this.name}, ${this.#view}: ${text}`);
  }

  close() {
    return this.#act(() => this.context.close());
  }

  // Does `work` in front of everybody else; what waits for time to pass is no such work.
  #act(work) {
    if (this.#inFront) return work();
    const turn = front.then(async () => {
      this.#inFront = true;
      try {
        await this.page.bringToFront();
        return await this.#within(work());
      } finally {
        this.#inFront = false;
      }
    });
    front = turn.catch(() => {});
    return turn;
  }

  async #within(work) {
    let late;
    const limit = new Promise((_, reject) => {
      const message = `${this.name}, ${this.#view}: no end after ${LONGEST / 1000} s, at ${this.page.url()}`;
      late = setTimeout(() => reject(new Error(message)), LONGEST);
    });
    return Promise.race([work, limit]).finally(() => clearTimeout(late));
  }

  // Types an address.
  open(path, status = 200) {
    return this.#act(async () => {
      [this.#view, this.#refused] = [path, status === 200 ? undefined : status];
      const answer = await this.page.goto(this.base + path, { waitUntil: "load" });
      if (answer.status() !== status) throw new Error(`${path} answered ${answer.status()}, not ${status}`);
    });
  }

  // The first that is shown of those that the selector finds and that hold the text.
  async find(selector, text = "") {
    const holds = (nodes, wanted) =>
      nodes.find((node) => node.checkVisibility() && node.textContent.replace(/\s+/g, " ").includes(wanted)) ?? null;
    const handle = await this.page.evaluateHandle(
      `((nodes, wanted) => (${holds})(nodes, wanted))([...document.querySelectorAll(${JSON.stringify(selector)})], ${JSON.stringify(text)})`,
    );
    const element = handle.asElement();
    if (!element) throw new Error(`nothing like ${selector} with “${text}” on ${this.page.url()}: ${await this.text()}`);
    return element;
  }

  // A finger or a mouse on it.
  touch(selector, text) {
    return this.#act(async () => {
      const element = await this.find(selector, text);
      await element.evaluate((node) => node.scrollIntoView({ block: "center" })); // not below a bar that sticks
      await (this.size === "phone" ? element.tap() : element.click());
    });
  }

  // The same on what leads to another page; `status` is what the page has.
  press(selector, text, status = 200) {
    return this.#act(async () => {
      [this.#view, this.#refused] = [`after ${text ?? selector}`, status === 200 ? undefined : status];
      const [answer] = await Promise.all([
        this.page.waitForNavigation({ waitUntil: "load", timeout: PATIENCE }),
        this.touch(selector, text),
      ]);
      if (answer.status() !== status) {
        throw new Error(`“${text ?? selector}” led to ${answer.status()}, not ${status}: ${await this.text()}`);
      }
    });
  }

  // Types into a field, after what stood there was deleted.
  type(selector, text) {
    return this.#act(async () => {
      await this.touch(selector);
      await this.page.$eval(selector, (field) => field.select?.());
      await this.page.keyboard.press("Backspace");
      await this.page.keyboard.type(text);
    });
  }

  choose(selector, value) {
    return this.page.select(selector, value);
  }

  text() {
    return this.page.$eval("main", (main) => main.innerText.replace(/\s+/g, " "));
  }

  // What they read.
  async see(...wanted) {
    const text = await this.text();
    for (const one of wanted) {
      if (!text.includes(one)) throw new Error(`“${one}” does not stand on ${this.page.url()}: ${text}`);
    }
  }

  // Whether the page has such a thing.
  async has(selector) {
    return (await this.page.$(selector)) !== null;
  }

  async miss(unwanted) {
    const text = await this.text();
    if (text.includes(unwanted)) throw new Error(`“${unwanted}” stands on ${this.page.url()}: ${text}`);
  }

  async at(path) {
    const { pathname, search } = new URL(this.page.url());
    if (pathname + search !== path) throw new Error(`at ${pathname}${search}, not at ${path}: ${await this.text()}`);
  }

  // Looks at the page as it stands: for faults, and for the picture; in these schemes.
  async look(name, schemes = SCHEMES) {
    this.#view = name;
    await this.#act(async () => {
      for (const scheme of schemes) {
        await emulate(this.page, scheme);
        const found = scheme === "light" ? await faults(this.page, this.size, this.heard) : await contrasts(this.page);
        for (const fault of found) this.#find(`${scheme}: ${fault}`);
        await picture(this.page, this.pictures, `${name}-${this.size}-${scheme}`);
        this.looks += 1;
      }
    });
  }

  // A page that can be opened again; it is looked at in English, too, at the end.
  async lookAgain(name) {
    const { pathname, search } = new URL(this.page.url());
    this.#seen.add(JSON.stringify([name, pathname + search]));
    await this.look(name);
  }

  // The same pages in English, chosen by the link that every page has; then back.
  async readEnglish() {
    await this.press(".lang", "English");
    for (const [name, path] of [...this.#seen].map(JSON.parse)) {
      await this.open(path);
      await this.look(`${name}-en`, ["light"]);
    }
    await this.press(".lang", "Tiếng Việt");
  }

  // Their log-in, from a page that sent them to it.
  async logIn(account) {
    if (!account.needsCode) return this.#enter(account);
    // All of it in one turn: what is entered without a code counts as a try until one with a code succeeds.
    await this.withCode(account, async (code) => {
      await this.#enter(account);
      await this.see("Nhập thêm mã xác thực");
      await this.type("#password", account.password);
      await this.type("#otp", code);
      await this.press("button.main", "Đăng nhập");
    });
  }

  async #enter(account) {
    await this.type("#login", account.login);
    await this.type("#password", account.password);
    await this.press("button.main", "Đăng nhập");
  }

  // Does `work` with a code of theirs; while they wait for it, others act.
  withCode(account, work) {
    return account.authenticator.turn((code) => this.#act(() => work(code())));
  }

  // Types a code and sends the form that it stands in.
  sendCode(account, field, button) {
    return this.withCode(account, async (code) => {
      await this.type(field, code);
      await this.press("button", button);
    });
  }

  async logOut() {
    await this.press("button.quiet", "Đăng xuất");
    await this.at("/ui/login");
  }
}

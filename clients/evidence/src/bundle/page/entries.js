// Entries: RFC 8785 JSON of schema version 1. WORDS comes from the program that made this page.
const LIMIT = 2 ** 53;
const text = (value) => typeof value === "string";
const some = (value) => text(value) && value !== "";
const whole = (value) => Number.isInteger(value) && value >= 0 && value < LIMIT;
const hexes = (value) => text(value) && /^([0-9a-f]{2})+$/.test(value);
const word = (kind) => (value) => WORDS[kind].includes(value);
const each = (check) => (value) => Array.isArray(value) && value.length > 0 && value.every(check);
const map = (check) => (value) => isObject(value) && Object.keys(value).length > 0 && Object.entries(value).every(([key, one]) => /^[0-9a-z_]+$/.test(key) && check(one));
const fact = (value) => text(value) || (Number.isInteger(value) && Math.abs(value) < LIMIT && !Object.is(value, -0));
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const serial = (value) => hexes(value) && value.length <= 40 && (value === "00" || !value.startsWith("00"));
const issuer = (value) => some(value) && utf8(value).length <= 512;

// A check of the members: those behind "!" must be there, no other than these may.
const record = (members) => {
  const checks = new Map(Object.entries(members).map(([name, check]) => [name.replace("!", ""), check]));
  const needed = Object.keys(members).filter((name) => name.startsWith("!")).map((name) => name.slice(1));
  return (value) => isObject(value) && needed.every((name) => name in value) && Object.entries(value).every(([name, one]) => checks.get(name)?.(one));
};
const ENTRY = record({
  "!actor": record({ factor: word("factor"), id: text, "!kind": word("kind") }),
  agency: text, authority: text, "!boot": some, client: text, commitments: map(isHash), count: whole, credential: text,
  data: map(fact),
  digests: each(record({ "!alg": some, content: record({ "!built_by": word("builder"), "!digest": hexes, file: isHash, "!format": word("format") }), "!value": hexes })),
  "!epoch": whole, "!event": (value) => EVENTS.includes(value), grant: text, intent: isHash,
  key: record({ "!algorithm": text, certificate_issuer: issuer, certificate_serial: serial, certificate_sha256: isHash, "!cka_id": hexes, "!purpose": text }),
  latency_us: whole, "!log": some, object: text, object_kind: text, "!outcome": word("outcome"), purpose: text, reason: text,
  "!request": some, results: each(record({ sha256: isHash, "!state": word("result") })), scheme: text, "!seq": whole,
  session: text, "!time": (value) => microseconds(value) !== null, "!v": (value) => value === 1,
});

// Microseconds since 1970 of the one form of time; or null.
function microseconds(value) {
  if (!text(value) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value)) return null;
  const time = new Date(`${value.slice(0, 19)}Z`);
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 19) !== value.slice(0, 19)) return null;
  return time.getTime() * 1000 + Number(value.slice(20, 26));
}

// Names in order and text without half characters, everywhere.
function sound(value) {
  if (text(value)) return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  const names = Array.isArray(value) ? [] : Object.keys(value);
  return names.every((name, i) => i === 0 || names[i - 1] < name) && Object.values(value).every(sound);
}

// A JSON value from its canonical text; or null.
function canonical(json) {
  try {
    const value = JSON.parse(json);
    return JSON.stringify(value) === json && sound(value) ? value : null;
  } catch {
    return null;
  }
}

function parseEntry(bytes) {
  const json = bytes.length <= 65535 ? decode(bytes) : null;
  const entry = json === null ? null : canonical(json);
  if (!ENTRY(entry)) return null;
  return entry.event !== "signature.outcome" || "intent" in entry ? entry : null;
}

// What entries must say in the order in which they stand.
class Course {
  constructor(start) {
    Object.assign(this, { start, log: null, time: -Infinity, open: new Map(), outside: 0 });
  }

  follow(entry, sequence, leaf) {
    this.log ??= entry.log;
    if (entry.log !== this.log) throw new Fault("entry_of_another_log", "dòng {} thuộc nhật ký khác", "entry {} belongs to another log", sequence);
    const time = microseconds(entry.time);
    if (time < this.time - 1_000_000) throw new Fault("time_backwards", "dòng {} có thời gian trước dòng liền trước", "entry {} is older than the one before it", sequence);
    this.time = time;
    if (entry.event === "signature.intent") this.open.set(hex(leaf), { sequence, request: entry.request });
    else if ("intent" in entry) this.close(entry, sequence);
  }

  close(entry, sequence) {
    const intent = this.open.get(entry.intent);
    this.open.delete(entry.intent);
    if (!intent && this.start > 0) this.outside++;
    else if (intent?.request !== entry.request) throw new Fault("wrong_intent", "kết quả ở dòng {} không ứng với lần ký nào đang mở", "outcome {} names no open intent of its request", sequence);
  }
}

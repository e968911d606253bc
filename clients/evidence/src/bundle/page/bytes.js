// SHA-256 (FIPS 180-4), text, base64 and hex: each in its one spelling.
const K = new Int32Array(64), H0 = new Int32Array(8);
{
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  for (let n = 2, i = 0; i < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (i < 8) H0[i] = fraction(Math.sqrt(n));
    K[i++] = fraction(Math.cbrt(n));
  }
}
const W = new Int32Array(64);

function compress(h, data, at) {
  for (let i = 0; i < 16; i++, at += 4) W[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
}

const tail = new Uint8Array(128), state = new Int32Array(8);

// The hash of a prefix byte, if it is not negative, and then of data[from..to].
function digest(prefix, data, from = 0, to = data.length) {
  state.set(H0);
  const total = to - from + (prefix < 0 ? 0 : 1);
  let filled = 0;
  if (prefix >= 0) {
    tail[0] = prefix;
    const first = Math.min(63, to - from);
    for (let i = 0; i < first; i++) tail[1 + i] = data[from + i];
    from += first;
    filled = 1 + first;
    if (filled === 64) {
      compress(state, tail, 0);
      filled = 0;
    }
  }
  if (!filled) {
    for (; to - from >= 64; from += 64) compress(state, data, from);
    for (let i = from; i < to; i++) tail[filled++] = data[i];
  }
  tail[filled++] = 0x80;
  const end = filled > 56 ? 128 : 64;
  tail.fill(0, filled, end);
  const view = new DataView(tail.buffer);
  view.setUint32(end - 8, Math.floor(total / 2 ** 29));
  view.setUint32(end - 4, (total * 8) >>> 0);
  compress(state, tail, 0);
  if (end === 128) compress(state, tail, 64);
  const out = new Uint8Array(32), into = new DataView(out.buffer);
  for (let i = 0; i < 8; i++) into.setInt32(4 * i, state[i]);
  return out;
}

const sha256 = (data) => digest(-1, data);
const pair = new Uint8Array(64);
const leafHash = (data, from, to) => digest(0, data, from, to);
function nodeHash(left, right) {
  pair.set(left, 0);
  pair.set(right, 32);
  return digest(1, pair);
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
const utf8 = (text) => new TextEncoder().encode(text);
const isHash = (text) => typeof text === "string" && /^[0-9a-f]{64}$/.test(text);

// Text, or null for what is not UTF-8.
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
function base64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return toBase64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

// A number without sign or leading zeros, as far as this language counts exactly; or null.
function decimal(text) {
  const number = Number(text);
  return /^(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(number) ? number : null;
}

// What is wrong, for programs and in both languages. `{}` are filled in from `values`.
class Fault extends Error {
  constructor(word, vi, en, ...values) {
    const fill = (text) => values.reduce((all, value) => all.replace("{}", () => String(value)), text);
    super(fill(en));
    Object.assign(this, { word, vi: fill(vi), en: fill(en) });
  }
}
const malformed = (name) => new Fault("part_malformed", "phần {} không chứa nội dung như tên gọi", "part {} does not hold what its name says", name);

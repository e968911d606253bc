// Signed notes, verifier keys, checkpoints and cosignatures (C2SP), and receipts.
const label = (key) => `${key.name}+${hex(key.id)}`;

// A verifier key of one of these types (1 Ed25519, 2 ECDSA P-256, 4 cosignature); or null.
function parseKey(text, types) {
  const cut = text.split("+");
  const [name, id] = cut;
  const coded = cut.length >= 3 ? base64(cut.slice(2).join("+")) : null;
  if (!coded || !name || /[\s\x00-\x1f]/.test(name) || !/^[0-9a-f]{8}$/.test(id) || !types.includes(coded[0])) return null;
  const [type, key] = [coded[0], coded.slice(1)];
  const p256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
  if (type === 2 ? key.length !== 91 || !hex(key).startsWith(p256) : key.length !== 32) return null;
  const named = type === 2 ? key : Uint8Array.from([...utf8(`${name}\n`), type, ...key]);
  const fits = hex(sha256(named).slice(0, 4)) === id;
  return fits ? { name, id: unhex(id), type, key, text } : null;
}

// DER of two integers to their 64 bytes; or null.
function rawSignature(der) {
  const out = new Uint8Array(64);
  let at = 2;
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der[1] > 127) return null;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    let number = der.slice(at + 2, at + 2 + length);
    if (der[at] !== 2 || !length || number.length !== length || number[0] > 127) return null;
    if (number[0] === 0 && (length === 1 || number[1] < 128)) return null;
    if (number[0] === 0) number = number.slice(1);
    if (number.length > 32) return null;
    out.set(number, end - number.length);
    at += 2 + length;
  }
  return at === der.length ? out : null;
}

async function accepts(key, message, signature) {
  const ecdsa = key.type === 2;
  const raw = ecdsa ? rawSignature(signature) : signature;
  if (!raw || raw.length !== 64) return false;
  const how = ecdsa ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } : { name: "Ed25519" };
  try {
    const imported = await crypto.subtle.importKey(ecdsa ? "spki" : "raw", key.key, how, false, ["verify"]);
    return await crypto.subtle.verify(how, imported, raw, message);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new Fault("browser", "trình duyệt này không kiểm được chữ ký loại {}", "this browser cannot check signatures of the kind {}", how.name);
    return false;
  }
}

// Text and signature lines; or null.
function parseNote(bytes) {
  const all = bytes.length <= 131072 ? decode(bytes) : null;
  if (all === null || /[\x00-\x09\x0b-\x1f]/.test(all)) return null;
  const cut = all.lastIndexOf("\n\n");
  if (cut < 0 || !all.endsWith("\n")) return null;
  const lines = all.slice(cut + 2, -1).split("\n").map((line) => {
    const match = /^— ([^\s+\x00-\x1f]+) (\S+)$/.exec(line);
    const coded = match && base64(match[2]);
    return coded && coded.length > 4 ? { name: match[1], id: coded.slice(0, 4), signature: coded.slice(4) } : null;
  });
  return lines.includes(null) ? null : { text: all.slice(0, cut + 1), lines };
}

const linesOf = (note, key) => note.lines.filter((line) => label(line) === label(key));
const missing = (name) => ["unsigned", `không có chữ ký của ${name}`, `no signature by ${name}`];
const invalid = (name) => ["signature_invalid", `chữ ký của ${name} không đúng`, `the signature by ${name} does not verify`];

// null if the note is signed by the key, or else what is wrong.
async function unsigned(note, key) {
  const lines = linesOf(note, key);
  if (!lines.length) return missing(key.name);
  for (const line of lines) if (!(await accepts(key, utf8(note.text), line.signature))) return invalid(key.name);
  return null;
}

// Origin, size, root and note; or null.
function parseCheckpoint(bytes) {
  const note = parseNote(bytes);
  const lines = note ? note.text.slice(0, -1).split("\n") : [];
  if (lines.length !== 3 || !lines[0]) return null;
  const [size, root] = [decimal(lines[1]), base64(lines[2])];
  if (size === null || root?.length !== 32 || (size === 0 && !same(root, sha256(new Uint8Array())))) return null;
  return { origin: lines[0], size, root, note };
}

// Who of the witnesses cosigned and when, or what is wrong.
async function cosignatures(checkpoint, witnesses) {
  const found = [];
  for (const key of witnesses) {
    let latest = 0n;
    for (const line of linesOf(checkpoint.note, key)) {
      const bytes = line.signature;
      const time = bytes.length === 72 ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : 0n;
      const message = utf8(`cosignature/v1\ntime ${time}\n${checkpoint.note.text}`);
      if (time < 1n || time >> 63n || !(await accepts(key, message, bytes.slice(8)))) return { wrong: invalid(key.name) };
      if (time > latest) latest = time;
    }
    if (latest) found.push({ name: key.name, time: latest });
  }
  return { found };
}

// Judges a checkpoint: who cosigned, or what is wrong.
async function judge(checkpoint, policy) {
  if (checkpoint.origin !== policy.log.name) {
    return { wrong: ["other_log", `thuộc nhật ký khác, ${checkpoint.origin}`, `the checkpoint is of the log ${checkpoint.origin}`] };
  }
  const wrong = await unsigned(checkpoint.note, policy.log);
  if (wrong) return { wrong };
  const answer = await cosignatures(checkpoint, policy.witnesses);
  if (answer.wrong || answer.found.length >= policy.quorum) return answer;
  const [found, quorum] = [answer.found.length, policy.quorum];
  return { wrong: ["too_few_witnesses", `chỉ có ${found} bên làm chứng ký trong số ${quorum} bên cần có`, `${found} of the ${quorum} witnesses needed have cosigned`] };
}

// The root that a path leads to (RFC 9162 2.1.3.2); or null.
function rootOf(leaf, index, size, path) {
  let [node, last, hash] = [index, size - 1, leaf];
  if (index >= size) return null;
  for (const sibling of path) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}

// A receipt's entry, place, path and checkpoint; or null.
function parseReceipt(bytes) {
  const all = bytes.length <= 262144 ? decode(bytes) : null;
  const cut = all ? all.indexOf("\n\n") : -1;
  const lines = cut < 0 ? [] : all.slice(0, cut).split("\n");
  if (lines.shift() !== "c2sp.org/tlog-proof@v1") return null;
  const entry = base64(lines.shift()?.match(/^extra (.+)$/)?.[1] ?? "!");
  const index = decimal(lines.shift()?.match(/^index (.+)$/)?.[1] ?? "");
  const path = lines.map(base64);
  const checkpoint = parseCheckpoint(utf8(all.slice(cut + 2)));
  const holds = entry && index !== null && checkpoint && path.length <= 63 && path.every((hash) => hash?.length === 32);
  return holds && parseEntry(entry)?.seq === index ? { entry, index, path, checkpoint } : null;
}

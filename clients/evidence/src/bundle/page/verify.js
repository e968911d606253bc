// A bundle, read once from front to back: docs/evidence.md is the specification.

// What is exported; or null.
function parseStatement(bytes) {
  const all = decode(bytes);
  const match = all === null ? null : /^kyso-export\/v1\nlog ([^\n]+)\nrange (\d+) (\d+)\ntree (\d+) (\S+)\ntime (\S+)\nby ([^\x00-\x1f\x7f-\x9f]+)\n$/.exec(all);
  if (!match) return null;
  const [start, end, size] = [match[2], match[3], match[4]].map(decimal);
  const root = base64(match[5]);
  const fits = [start, end, size].every((one) => one !== null) && root?.length === 32 && start < end && end <= size;
  if (!fits || microseconds(match[6]) === null || utf8(match[7]).length > 200) return null;
  return { text: all, origin: match[1], range: { start, end }, size, root, time: match[6], by: match[7] };
}

// Lines `log`, `export` and `witness`, each with a key, and `quorum` with a number; `#` begins a remark.
function parseKeys(all) {
  const keys = { log: null, export: null, witnesses: [], quorum: null };
  for (const line of all.split("\n").map((one) => one.trim()).filter((one) => one && !one.startsWith("#"))) {
    const [, kind, value] = /^(log|export|witness|quorum) (\S+)$/.exec(line) ?? [];
    const said = kind === "quorum" ? decimal(value) : kind && parseKey(value, kind === "witness" ? [4] : [1, 2]);
    if (said === null || said === undefined || (kind !== "witness" && keys[kind] !== null)) throw new Fault("not_a_key", "không phải khóa kiểm tra: {}", "not a verifier key: {}", line);
    if (kind === "witness") keys.witnesses.push(said);
    else keys[kind] = said;
  }
  const publics = keys.witnesses.map((key) => hex(key.key));
  if (new Set(publics).size < publics.length) throw new Fault("not_a_key", "hai bên làm chứng có cùng khóa", "two witnesses have the same key");
  return keys;
}

const beside = (number, vi, en) => (word, whyVi, whyEn, ...values) =>
  new Fault(word, `đối chiếu với tệp thứ {} được đưa kèm: ${whyVi ?? vi}`, `against number {} of what was given beside it: ${whyEn ?? en}`, number, ...values);

// The files given beside, read: checkpoints, receipts, or other bundles, of which the largest checkpoint counts.
async function readBeside(file, number) {
  const bytes = new Uint8Array(await file.slice(0, 262145).arrayBuffer());
  const receipt = parseReceipt(bytes);
  if (receipt) return { number, checkpoint: receipt.checkpoint, receipt };
  const checkpoint = parseCheckpoint(bytes) ?? (await largestOf(file));
  if (!checkpoint) throw beside(number)("beside_not_believed", "không phải biên nhận, mốc hay tệp kết xuất", "it is no receipt, checkpoint or bundle");
  return { number, checkpoint, receipt: null };
}

async function largestOf(file) {
  try {
    const parts = new Parts(file);
    await parts.advance();
    for (const name of ["verify.html", "export", "keys"]) await parts.take(name);
    let largest = null;
    while (parts.next?.kind === "checkpoint") largest = parseCheckpoint(await parts.take(parts.next.name));
    return largest;
  } catch {
    return null;
  }
}

async function judgeBeside(one, policy) {
  const say = beside(one.number);
  const judged = await judge(one.checkpoint, one.receipt ? policy : { ...policy, quorum: 0 });
  const byWitness = !one.receipt && judged.wrong?.[0] === "unsigned" && (await cosignatures(one.checkpoint, policy.witnesses));
  const [, vi, en] = (byWitness ? byWitness.wrong ?? (byWitness.found.length ? null : judged.wrong) : judged.wrong) ?? [];
  if (vi) throw say("beside_not_believed", `tệp đó không có giá trị: ${vi}`, `it does not count: ${en}`);
  if (!one.receipt) return;
  const { entry, index, path, checkpoint } = one.receipt;
  one.leaf = leafHash(entry, 0, entry.length);
  const root = rootOf(one.leaf, index, checkpoint.size, path);
  if (!root || !same(root, checkpoint.root)) throw say("beside_not_believed", "biên nhận đó không đúng", "it does not count: the inclusion proof does not hold");
}

class Verification {
  constructor(file, given, besides, progress) {
    Object.assign(this, { parts: new Parts(file), given, besides, progress, disclosed: 0, checkpoints: [], cosigned: [] });
  }

  async run() {
    await this.parts.advance();
    await this.preamble();
    await this.head();
    this.next = this.statement.range.start;
    let paused = performance.now();
    while (this.next < this.statement.range.end) {
      await this.chunk();
      if (performance.now() - paused > 60) {
        this.progress(this.next - this.statement.range.start, this.statement.range.end - this.statement.range.start);
        await new Promise((resume) => setTimeout(resume));
        paused = performance.now();
      }
    }
    await this.finish();
    const open = [...this.course.open.values()].map((intent) => intent.sequence).sort((a, b) => a - b);
    return { ...this.statement, log: this.course.log, logGiven: !!this.given.log, exportGiven: !!this.given.export, cosigned: this.cosigned, beside: this.besides.map((one) => one.checkpoint.size), disclosed: this.disclosed, open, outside: this.course.outside };
  }

  async preamble() {
    const parts = this.parts;
    await parts.take("verify.html");
    this.statement = parseStatement(await parts.take("export"));
    if (!this.statement) throw malformed("export");
    const listed = await parts.take("keys");
    const keys = this.readKeys(listed);
    this.policy = this.given.log
      ? { log: this.given.log, witnesses: this.given.witnesses, quorum: this.given.quorum }
      : { log: keys.log, witnesses: keys.witnesses, quorum: 0 };
    this.exportKey = this.given.export ?? keys.export;
    if (same(this.exportKey.key, this.policy.log.key)) throw new Fault("one_key", "khóa ký bản kê trùng với khóa của nhật ký", "the manifest's key is the log's own key");
    const read = [];
    while (parts.next?.kind === "checkpoint") {
      const { number, name } = parts.next;
      if (read.length && number <= read.at(-1).size) throw parts.misplaced("a larger checkpoint");
      const checkpoint = parseCheckpoint(await parts.take(name));
      if (!checkpoint) throw new Fault("checkpoint_malformed", "mốc {} không đọc được", "checkpoint {} cannot be read", number);
      if (checkpoint.size !== number) throw malformed(name);
      read.push(checkpoint);
    }
    for (const checkpoint of read) await this.believe(checkpoint);
    this.states();
    for (const one of this.besides) await judgeBeside(one, this.policy);
    this.held = new Held(this.statement.range, this.checkpoints.map((one) => one.size));
  }

  readKeys(bytes) {
    const all = decode(bytes) ?? "";
    try {
      const keys = parseKeys(all);
      const again = [`log ${keys.log.text}`, `export ${keys.export.text}`, ...keys.witnesses.map((key) => `witness ${key.text}`), ""];
      if (again.join("\n") === all) return keys;
    } catch { /* said below */ }
    throw malformed("keys");
  }

  async believe(checkpoint) {
    const { found, wrong } = await judge(checkpoint, this.policy);
    if (wrong) throw new Fault(wrong[0], `mốc {}: ${wrong[1]}`, `checkpoint {}: ${wrong[2]}`, checkpoint.size);
    this.cosigned = found;
    this.checkpoints.push(checkpoint);
  }

  states() {
    const { origin, size, root, range } = this.statement;
    const largest = this.checkpoints.at(-1);
    const fits = largest && largest.size === size && same(largest.root, root) && largest.origin === origin;
    if (!fits || this.checkpoints.some((one) => one.size < range.start)) throw malformed("export");
  }

  // Tiles before the entries: the highest level first, each from left to right.
  async head() {
    const first = tileOf(0, Math.floor(this.statement.range.start / 256), this.statement.size).name;
    let before = null;
    while (this.parts.next?.kind === "tile" && this.parts.next.name !== first) {
      const { tile } = this.parts.next;
      const place = [-tile.level, tile.index];
      if (before && !(before[0] < place[0] || (before[0] === place[0] && before[1] < place[1]))) throw this.parts.misplaced("another tile");
      before = place;
      await this.tile(tile);
    }
  }

  async tile(tile) {
    this.held.hold(tile, await this.parts.take(tile.name));
  }

  // A tile of level 0, the entries under it, and what is disclosed of them.
  async chunk() {
    const first = this.next;
    const tile = tileOf(0, Math.floor(first / 256), this.statement.size);
    if (this.parts.next?.name !== tile.name) throw tileMissing(tile);
    await this.tile(tile);
    if (!this.frontier) {
      this.frontier = this.held.extend(new Frontier(), first);
      this.course = new Course(first);
      this.compare(this.frontier);
    }
    const bytes = await this.parts.take(`entries/${first}`);
    const entries = this.entries(bytes);
    const name = `disclosed/${first}`;
    if (this.parts.next?.name === name) this.open(name, first, entries, await this.parts.take(name));
  }

  entries(bytes) {
    const end = Math.min((Math.floor(this.next / 256) + 1) * 256, this.statement.range.end);
    const entries = [];
    let at = 0;
    for (; this.next < end; this.next++) {
      const length = at + 2 <= bytes.length ? bytes[at] * 256 + bytes[at + 1] : Infinity;
      if (at + 2 + length > bytes.length) throw new Fault("entry_missing", "thiếu dòng {}", "entry {} is missing", this.next);
      entries.push(this.entry(bytes, at + 2, at + 2 + length));
      at += 2 + length;
    }
    if (at < bytes.length) throw new Fault("entry_added", "có dữ liệu thêm vào sau dòng {}", "something was added after entry {}", this.next - 1);
    return entries;
  }

  entry(bytes, from, to) {
    const sequence = this.next;
    const leaf = leafHash(bytes, from, to);
    const entry = parseEntry(bytes.subarray(from, to));
    if (!same(leaf, this.held.cell(0, sequence))) throw this.closer(entry, sequence);
    if (!entry) throw new Fault("entry_malformed", "dòng {} không đúng dạng của nhật ký, hoặc cần phiên bản mới hơn", "row {} holds no entry, or one of a newer version", sequence);
    if (entry.seq !== sequence) throw new Fault("entry_out_of_place", "chỗ của dòng {} lại chứa dòng {}", "order: row {} holds entry {}", sequence, entry.seq);
    this.course.follow(entry, sequence, leaf);
    this.frontier.append(0, leaf);
    this.compare(this.frontier);
    for (const one of this.besides) {
      if (one.receipt?.index === sequence && !same(one.leaf, leaf)) throw beside(one.number)("entry_differs", "dòng {} không phải dòng mà biên nhận chứng minh", "entry {} is not the one that the receipt proves", sequence);
    }
    return entry;
  }

  // An entry that is not what its leaf says may be another entry of the log.
  closer(entry, expected) {
    const found = entry?.seq ?? expected;
    if (found > expected) return new Fault("entry_missing", "thiếu dòng {}, tiếp theo là dòng {}", "gap: entry {} is missing, {} follows", expected, found);
    if (found + 1 === expected) return new Fault("entry_twice", "dòng {} xuất hiện hai lần", "entry {} stands twice", found);
    if (found < expected) return new Fault("entry_out_of_place", "sai thứ tự: dòng {} nằm ở chỗ của dòng {}", "order: entry {} comes where {} should", found, expected);
    return new Fault("entry_changed", "dòng {} đã bị thay đổi: nội dung không khớp giá trị băm trong cây", "entry {} was changed: its bytes do not have the stored leaf hash", expected);
  }

  // Values that open commitments, in the order of their entries.
  open(name, first, entries, bytes) {
    const all = decode(bytes);
    if (!all?.endsWith("\n")) throw malformed(name);
    let before = first;
    for (const line of all.slice(0, -1).split("\n")) {
      const value = canonical(line);
      const fits = isObject(value) && Object.keys(value).join() === "field,salt,seq,value" && text(value.field) && isHash(value.salt) && whole(value.seq) && text(value.value);
      if (!fits || value.seq < before || value.seq - first >= entries.length) throw malformed(name);
      before = value.seq;
      const commitment = hex(sha256(Uint8Array.from([...unhex(value.salt), ...utf8(value.value)])));
      const committed = entries[value.seq - first].commitments ?? {};
      if (!Object.hasOwn(committed, value.field) || committed[value.field] !== commitment) {
        throw new Fault("disclosed_wrong", "dòng {}: giá trị công bố của {} không khớp cam kết trong dòng", "entry {}: the value disclosed as {} is not what the entry commits to", value.seq, value.field);
      }
      this.disclosed++;
    }
  }

  // Compares a tree with whatever has its size.
  compare(frontier) {
    const { size } = frontier;
    const differs = (one) => one.size === size && !same(one.root, frontier.root());
    if (this.checkpoints.some(differs)) throw new Fault("root_differs", "{} dòng đầu không cho ra gốc ghi trong mốc {}", "the first {} entries do not give the root in checkpoint {}", size, size);
    const other = this.besides.find((one) => differs(one.checkpoint));
    if (other) throw beside(other.number)("forked", "nhật ký đã bị rẽ nhánh hoặc viết lại: {} dòng đầu khác với những gì nhật ký đã ký", "the log was forked or rewritten: its first {} entries are others than the log signed before", size);
  }

  async finish() {
    const growing = this.frontier.copy();
    for (const { size } of this.checkpoints) {
      if (size > growing.size) this.compare(this.held.extend(growing, size));
    }
    for (const one of this.besides) this.compareBeyond(one);
    const bytes = await this.parts.take("manifest");
    const note = parseNote(bytes);
    if (note?.lines.length !== 1) throw malformed("manifest");
    if (!note.text.startsWith(this.statement.text)) throw new Fault("statement_differs", "bản kê nói khác với phần đầu của tệp", "the manifest states something else than the bundle's beginning");
    const ours = this.statement.text + this.parts.lists.join("");
    if (note.text !== ours) throw this.parts.changed(ours, note.text);
    const wrong = await unsigned(note, this.exportKey);
    if (wrong) throw new Fault("manifest_not_signed", `bản kê: ${wrong[1]}`, `manifest: ${wrong[2]}`);
    if (this.parts.next) throw this.parts.misplaced("(end)");
  }

  // Compares with what is beside it and has a size that the reading did not pass.
  compareBeyond({ number, checkpoint }) {
    const { range, size: known } = this.statement;
    const { size } = checkpoint;
    if (size > known) throw beside(number)("tail_cut_off", "phần cuối bị cắt: thiếu dòng {} đến {}", "tail cut off: entries {} to {} are missing", known, size - 1);
    if ((size >= range.start && size < range.end) || this.checkpoints.some((one) => one.size === size)) return;
    try {
      this.compare(this.held.extend(size < range.end ? new Frontier() : this.frontier.copy(), size));
    } catch (fault) {
      if (!fault.tile) throw fault;
      throw beside(number)("incomparable", "tệp này không đủ dữ liệu để so với cây {} dòng: thiếu {}", "this bundle has no tiles to compare a tree of {} entries with: {} is missing", size, fault.tile.name);
    }
  }
}

// The parts of a bundle, read one after another: a tar archive of which every byte is prescribed (docs/evidence.md).
const BLOCK = 512, LISTED = 4096;

// The header of a part is a function of its name and size.
function headerOf(name, size) {
  const block = new Uint8Array(BLOCK);
  const put = (at, text) => block.set(utf8(text), at);
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size.toString(8).padStart(11, "0"));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  put(329, "0000000");
  put(337, "0000000");
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return block;
}

// Kind and number of a part, and how long it may be; or null.
function parseName(name) {
  const fixed = { "verify.html": 1 << 20, export: 1 << 16, keys: 1 << 16, manifest: 131072 };
  if (Object.hasOwn(fixed, name)) return { name, kind: name, limit: fixed[name] };
  const tile = parseTile(name);
  if (tile) return { name, kind: "tile", tile, limit: tile.width * 32 };
  const [kind, number, ...more] = name.split("/");
  const limits = { checkpoint: 131072, entries: 256 * 65537, disclosed: 1 << 24, parts: LISTED * 192 };
  if (more.length || !Object.hasOwn(limits, kind) || decimal(number ?? "") === null) return null;
  return { name, kind, number: decimal(number), limit: limits[kind] };
}

class Parts {
  constructor(file) {
    Object.assign(this, { file, offset: 0, buffer: new Uint8Array(), at: 0, next: null, lines: [], lists: [], ending: false });
  }

  async bytes(count) {
    if (this.buffer.length - this.at < count) {
      const want = Math.max(count, 1 << 22);
      const slice = this.file.slice(this.offset, this.offset + want);
      [this.buffer, this.at] = [new Uint8Array(await slice.arrayBuffer()), 0];
    }
    if (this.buffer.length < count) throw new Fault("file_cut_off", "tệp bị cắt sau byte {}", "the file ends too early, after byte {}", this.offset);
    const bytes = this.buffer.subarray(this.at, this.at + count);
    this.at += count;
    this.offset += count;
    return bytes;
  }

  wrong(at) {
    return new Fault("not_a_bundle", "byte {}: không đúng dạng của tệp kết xuất", "byte {}: no bundle has this there", at);
  }

  async zeros(count) {
    const at = this.offset;
    if ((await this.bytes(count)).some((byte) => byte)) throw this.wrong(at);
  }

  async member() {
    const at = this.offset;
    const block = (await this.bytes(BLOCK)).slice();
    if (block.every((byte) => byte === 0)) {
      await this.zeros(BLOCK);
      if (this.offset !== this.file.size) throw this.wrong(this.offset);
      return null;
    }
    const name = decode(block.subarray(0, block.subarray(0, 100).indexOf(0)));
    const size = parseInt(decode(block.subarray(124, 135)), 8);
    const part = name ? parseName(name) : null;
    if (!part || !(size >= 0) || !same(headerOf(name, size), block)) throw this.wrong(at);
    if (size > part.limit) throw new Fault("not_a_bundle", "phần {} quá dài", "part {} is too long", name);
    part.content = (await this.bytes(size)).slice();
    await this.zeros((BLOCK - (size % BLOCK)) % BLOCK);
    return part;
  }

  line({ name, content }) {
    return `${hex(sha256(content))} ${content.length} ${name}\n`;
  }

  // Reads on to the next part that is no list.
  async advance() {
    for (;;) {
      const part = await this.member();
      if (part?.kind === "parts") this.check(part);
      else {
        if (part) this.note(part);
        this.next = part;
        return;
      }
    }
  }

  note(part) {
    const full = this.lines.length >= LISTED || this.ending;
    const fits = part.kind === "manifest" ? this.lines.length === 0 : !full;
    if (!fits) throw this.misplaced(this.ending ? "manifest" : "parts/", part.name);
    if (part.kind !== "manifest") this.lines.push(this.line(part));
  }

  check(part) {
    if (!this.lines.length || this.ending || part.number !== this.lists.length) throw this.misplaced("manifest", part.name);
    this.ending = this.lines.length < LISTED;
    const ours = this.lines.join("");
    const theirs = new TextDecoder().decode(part.content);
    this.lines = [];
    this.lists.push(`part ${this.line({ name: part.name, content: utf8(ours) })}`);
    if (ours !== theirs) throw this.changed(ours, theirs);
  }

  // The first line in which they differ ends with the name of a part.
  changed(ours, theirs) {
    const other = theirs.split("\n");
    const line = ours.split("\n").find((one, i) => one !== other[i]) ?? "";
    return new Fault("part_changed", "phần {} đã bị thay đổi hoặc không phải phần mà bên kết xuất liệt kê", "part {} was changed, or is not the one that the exporter listed", line.split(" ").at(-1) || theirs.trim().split(" ").at(-1));
  }

  misplaced(expected, found = this.next?.name ?? "(end)") {
    return new Fault("part_out_of_place", "phần {} nằm ở chỗ của {}", "part {} stands where {} should", found, expected);
  }

  async take(name) {
    if (this.next?.name !== name) throw this.misplaced(name);
    const { content } = this.next;
    await this.advance();
    return content;
  }
}

// The tree (RFC 6962): its frontier, and the tiles (C2SP) that hold its hashes. Numbers are exact up to 2^53.
function rootOver(hashes, from = 0, to = hashes.length) {
  if (to - from === 1) return hashes[from];
  let half = 1;
  while (half * 2 < to - from) half *= 2;
  return nodeHash(rootOver(hashes, from, from + half), rootOver(hashes, from + half, to));
}

class Frontier {
  constructor(size = 0, roots = []) {
    Object.assign(this, { size, roots });
  }

  copy() {
    return new Frontier(this.size, [...this.roots]);
  }

  append(height, subtree) {
    let node = subtree;
    for (let rest = Math.floor(this.size / 2 ** height); rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(this.roots.pop(), node);
    this.roots.push(node);
    this.size += 2 ** height;
  }

  root() {
    return this.roots.length ? this.roots.reduceRight((right, left) => nodeHash(left, right)) : sha256(new Uint8Array());
  }
}

// The largest perfect subtrees that fill the leaves from..to.
function* subtrees(from, to) {
  for (let first = from; first < to; ) {
    let height = 0;
    while (first % 2 ** (height + 1) === 0 && first + 2 ** (height + 1) <= to) height++;
    yield { first, height };
    first += 2 ** height;
  }
}

// The tile of that level and number in a tree of that size; or null.
function tileOf(level, index, size) {
  const width = Math.min(256, Math.floor(size / 256 ** level) - index * 256);
  if (level > 7 || width < 1) return null;
  let folders = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest; rest = Math.floor(rest / 1000)) folders = `x${String(rest % 1000).padStart(3, "0")}/${folders}`;
  return { level, index, width, name: `tile/${level}/${folders}${width < 256 ? `.p/${width}` : ""}` };
}

function parseTile(name) {
  const match = /^tile\/([0-7])\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(name);
  if (!match) return null;
  const index = Number(match[2].replace(/[x/]/g, ""));
  const width = match[3] === undefined ? 256 : Number(match[3]);
  const tile = tileOf(Number(match[1]), index, (index * 256 + width) * 256 ** Number(match[1]));
  return tile && tile.name === name ? tile : null;
}

const tileMissing = (tile) => Object.assign(new Fault("tile_missing", "thiếu {}", "{} is missing", tile.name), { tile });

// The tiles of a bundle, each held against the tile above it.
class Held {
  constructor(range, sizes) {
    const size = sizes.at(-1);
    Object.assign(this, { range, size, tiles: new Map(), beside: new Set(), passing: null });
    const stops = [range.end, ...sizes.filter((one) => one > range.end)];
    const ways = [[0, range.start], ...stops.slice(1).map((to, i) => [stops[i], to])];
    for (const [from, to] of ways) for (const subtree of subtrees(from, to)) this.beside.add(this.tileUnder(subtree).name);
  }

  tileUnder({ first, height }) {
    const level = Math.floor(height / 8);
    return tileOf(level, Math.floor(Math.floor(first / 256 ** level) / 256), this.size);
  }

  isOver(tile) {
    const over = (leaf) => Math.floor(leaf / 256 ** (tile.level + 1));
    return tile.index >= over(this.range.start) && tile.index <= over(this.range.end - 1);
  }

  hold(tile, bytes) {
    if (tileOf(tile.level, tile.index, this.size)?.name !== tile.name || !(this.isOver(tile) || this.beside.has(tile.name))) {
      throw new Fault("tile_wrong", "{} không có chỗ trong tệp này", "{} has no place in this bundle", tile.name);
    }
    if (bytes.length !== tile.width * 32) throw new Fault("tile_wrong", "{} không có đủ số giá trị băm như tên gọi", "{} does not have as many hashes as its name says", tile.name);
    const hashes = Array.from({ length: tile.width }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
    this.compare(tile, hashes);
    if (this.passing) this.tiles.delete(this.passing);
    this.passing = tile.level === 0 && !this.beside.has(tile.name) ? `0/${tile.index}` : null;
    this.tiles.set(`${tile.level}/${tile.index}`, hashes);
  }

  compare(tile, hashes) {
    const above = tile.width === 256 ? tileOf(tile.level + 1, Math.floor(tile.index / 256), this.size) : null;
    if (!above) return;
    const cell = this.cell(above.level, tile.index);
    if (!cell) throw tileMissing(above);
    if (!same(rootOver(hashes), cell)) {
      throw new Fault("tile_wrong", "{} không cho ra giá trị băm đại diện cho nó trong {}", "the hashes of {} do not give the hash that stands for them in {}", tile.name, above.name);
    }
  }

  cell(level, node) {
    return this.tiles.get(`${level}/${Math.floor(node / 256)}`)?.[node % 256];
  }

  extend(frontier, size) {
    for (const subtree of subtrees(frontier.size, size)) {
      const tile = this.tileUnder(subtree);
      const hashes = this.tiles.get(`${tile.level}/${tile.index}`);
      if (!hashes) throw tileMissing(tile);
      const first = Math.floor(subtree.first / 256 ** tile.level) % 256;
      frontier.append(subtree.height, rootOver(hashes, first, first + 2 ** (subtree.height % 8)));
    }
    return frontier;
  }
}

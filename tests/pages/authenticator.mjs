// A person's authenticator: one-time passwords (RFC 6238), each of them once.
import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const STEP = 30; // seconds
const ON_ITS_WAY = 5; // seconds that a code may take to the server

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
function bytes(base32) {
  const bits = [...base32].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
}
const stepIn = (seconds) => Math.floor((Date.now() / 1000 + seconds) / STEP);

export class Authenticator {
  #key;
  #last;
  #turn = Promise.resolve();

  // `last` is the step of the last code that somebody else gave from this secret.
  constructor(base32, last = 0) {
    this.#key = bytes(base32);
    this.#last = last;
  }

  #at(step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", this.#key).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }

  // Does `work` with a function that gives a code which was never given before. The server takes each step once, in
  // rising order, one to either side of its own; so nobody has a later code until it has answered, and the fourth is
  // waited for. The code is of the moment when the function is called.
  turn(work) {
    const turn = this.#turn.then(async () => {
      const begins = this.#last * STEP * 1000; // the server's step before the next code's
      if (begins > Date.now()) await pause(begins - Date.now() + 200);
      return work(() => {
        this.#last = Math.max(this.#last + 1, stepIn(ON_ITS_WAY) - 1);
        return this.#at(this.#last);
      });
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

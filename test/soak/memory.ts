/** Whether memory stays where it was: what a run took after its first tenth is compared with all that comes later. */

/** What a garbage collector may let lie. */
const MOST_GROWTH = 48 << 20;

export class Memory {
  readonly #read: () => number;
  readonly #all: number;
  #settled = 0;
  #most = 0;

  /** @param all how many turns there will be */
  constructor(all: number, read: () => number) {
    this.#all = all;
    this.#read = read;
  }

  /** After `done` turns. */
  look(done: number): void {
    const now = this.#read();
    if (done <= this.#all / 10) this.#settled = Math.max(this.#settled, now);
    else this.#most = Math.max(this.#most, now);
  }

  /** @throws where it has grown */
  figures(): { settled: number; most: number } {
    const [settled, most] = [this.#settled, this.#most];
    if (settled === 0 || most === 0) throw new Error('too few turns to tell');
    if (most - settled > MOST_GROWTH) throw new Error(`memory grew from ${settled} to ${most} bytes`);
    return { settled, most };
  }
}

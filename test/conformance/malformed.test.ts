/** Damaged models: both builds answer with a status, never trap, and read nothing outside the model. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import * as S from '../../assembly/shared/status.ts';
import { pack } from '../../tools/file/pack.ts';
import { BUILDS, measure, start } from '../drivers/engine.ts';
import { withCrc } from '../models/craft.ts';
import { Random, randomModel } from '../models/random.ts';
import { judgeAll } from './judge.ts';

const mnist = new Uint8Array(readFileSync('models/mnist.snn'));

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const damaged = bytes.slice();
  damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
  return damaged;
}

describe.each(BUILDS)('$name', ({ module }) => {
  const engine = start(module);

  test('refuses every truncation', () => {
    const bytes = pack(randomModel(3));
    for (let length = 0; length < bytes.length; length++)
      expect(-measure(engine, bytes.slice(0, length)), `${length} bytes`).toBe(S.STATUS_TRUNCATED);
  });

  test('refuses every flipped bit', () => {
    const bytes = pack(randomModel(5));
    for (let bit = 0; bit < bytes.length * 8; bit += bytes.length > 2000 ? 7 : 1)
      expect(measure(engine, flipped(bytes, bit)), `bit ${bit}`).toBeLessThan(0);
  });

  test('refuses every truncation of a real model', () => {
    const r = new Random(1);
    for (let n = 0; n < 2000; n++) {
      const length = n < 600 ? n : r.int(0, mnist.length - 1);
      expect(-measure(engine, mnist.slice(0, length)), `${length} bytes`).toBe(S.STATUS_TRUNCATED);
    }
  });

  test('refuses any flipped bit of a real model', () => {
    const r = new Random(2);
    for (let n = 0; n < 600; n++) {
      const bit = n < 400 ? n : r.int(0, mnist.length * 8 - 1);
      expect(measure(engine, flipped(mnist, bit)), `bit ${bit}`).toBeLessThan(0);
    }
  });

  test('knows what is wrong with a header', () => {
    const bytes = pack(randomModel(4));
    const change = (edit: (view: DataView) => void): number => {
      const copy = bytes.slice();
      edit(new DataView(copy.buffer));
      return -measure(engine, copy);
    };
    expect(change((v) => v.setUint32(0, 0x12345678, true))).toBe(S.STATUS_MAGIC);
    for (const version of [0, 3, 5, F.VERSION | (1 << 16)])
      expect(change((v) => v.setUint32(F.HEADER_VERSION, version, true))).toBe(S.STATUS_VERSION);
    expect(change((v) => v.setUint8(bytes.length - 1, v.getUint8(bytes.length - 1) ^ 1))).toBe(S.STATUS_CRC);
    const longer = new Uint8Array(bytes.length + 5);
    longer.set(bytes);
    expect(-measure(engine, longer)).toBe(S.STATUS_SIZE);
  });

  test('refuses random bytes behind a good header', () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const r = new Random(seed);
      const bytes = Uint8Array.from({ length: r.int(124, 600) }, () =>
        r.pick([0, 0, 1, 2, 255, r.int(0, 255)]),
      );
      const view = new DataView(bytes.buffer);
      view.setUint32(0, F.MAGIC, true);
      view.setUint32(F.HEADER_VERSION, F.VERSION, true);
      view.setUint32(F.HEADER_FILE_BYTES, bytes.length, true);
      expect(measure(engine, withCrc(bytes))).toBeLessThan(0);
    }
  });
});

/** Bytes before the weights, one to three of them damaged, under a CRC that is right. */
function* damaged(seeds: number, each: number): Generator<[Uint8Array, Random]> {
  for (let seed = 1; seed <= seeds; seed++) {
    const bytes = pack(randomModel(seed));
    const r = new Random(seed);
    const weights = new DataView(bytes.buffer).getUint32(F.HEADER_OFFSETS + F.SECTION_WEIGHTS * 4, true);
    for (let n = 0; n < each; n++) {
      const copy = bytes.slice();
      for (let k = r.int(1, 3); k > 0; k--) {
        const at = r.int(F.HEADER_BYTES, weights - 1);
        copy[at] = r.pick([0, 1, 0x7f, 0x80, 0xff, (copy[at] as number) ^ (1 << r.int(0, 7))]);
      }
      yield [withCrc(copy), r];
    }
  }
}

test('damage under a valid CRC is refused, or runs inside its arena', () => {
  const verdicts = judgeAll(damaged(120, 20));
  // The fuzz must reach both sides to mean anything.
  expect(verdicts.refused).toBeGreaterThan(600);
  expect(verdicts.ran).toBeGreaterThan(600);
});

test('so are the tables of a real model', () => {
  const r = new Random(3);
  // Records, then all that comes before the weights.
  const models = Array.from({ length: 60 }, (_, n): [Uint8Array, Random] => {
    return [withCrc(flipped(mnist, r.int(F.HEADER_BYTES * 8, (n < 40 ? 300 : 3000) * 8))), r];
  });
  const verdicts = judgeAll(models, Number.POSITIVE_INFINITY);
  expect(verdicts.refused).toBeGreaterThan(10);
  expect(verdicts.ran).toBeGreaterThan(10);
});

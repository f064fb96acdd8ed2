/** Damaged models: the engine answers with a status, never traps, and reads nothing outside the model. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import * as S from '../../assembly/shared/status.ts';
import type { Engine } from '../../host/abi.ts';
import { pack } from '../../tools/file/pack.ts';
import { unpack } from '../../tools/file/unpack.ts';
import type { Model } from '../../tools/model.ts';
import { Random, randomModel } from '../models/random.ts';

const require = createRequire(import.meta.url);
const module = new WebAssembly.Module(readFileSync(require.resolve('#build/snn-core.wasm')));
const PAGES = 64;
const END = PAGES * 65536;

function engine(): Engine {
  const { exports } = new WebAssembly.Instance(module, {});
  const e = exports as unknown as Engine;
  e.memory.grow(PAGES - e.memory.buffer.byteLength / 65536);
  return e;
}

/** The model stands at the very end of memory, so that a read behind it would trap. */
function measure(e: Engine, bytes: Uint8Array): number {
  const at = END - bytes.length;
  new Uint8Array(e.memory.buffer).set(bytes, at);
  return e.measure(at, bytes.length);
}

/** A damaged model that passes the checks must still run without a trap. */
function run(e: Engine, bytes: Uint8Array, arena: number, pixels: number): void {
  const model = END - bytes.length;
  const net = 65536;
  if (net + arena + pixels > model) return;
  expect(e.open(model, bytes.length, net, arena)).toBe(0);
  e.begin(net, net + arena);
  for (let i = 0; i < 5000 && e.step(net, 1) === 0; i++);
}

function withCrc(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(F.HEADER_CRC, crc32(bytes.subarray(F.HEADER_OFFSETS)), true);
  return bytes;
}

test('every truncation is refused', () => {
  const e = engine();
  const bytes = pack(randomModel(3));
  for (let length = 0; length < bytes.length; length++) {
    expect(-measure(e, bytes.slice(0, length)), `${length} bytes`).toBe(S.STATUS_TRUNCATED);
  }
});

test('every flipped bit is refused', () => {
  const e = engine();
  const bytes = pack(randomModel(5));
  for (let bit = 0; bit < bytes.length * 8; bit += bytes.length > 2000 ? 7 : 1) {
    const damaged = bytes.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(measure(e, damaged), `bit ${bit}`).toBeLessThan(0);
  }
});

test('header faults have their own status', () => {
  const e = engine();
  const bytes = pack(randomModel(4));
  const change = (edit: (view: DataView) => void): number => {
    const copy = bytes.slice();
    edit(new DataView(copy.buffer));
    return -measure(e, copy);
  };
  expect(change((v) => v.setUint32(0, 0x12345678, true))).toBe(S.STATUS_MAGIC);
  expect(change((v) => v.setUint16(F.HEADER_VERSION, 9, true))).toBe(S.STATUS_VERSION);
  expect(change((v) => v.setUint8(bytes.length - 1, v.getUint8(bytes.length - 1) ^ 1))).toBe(S.STATUS_CRC);
  const longer = new Uint8Array(bytes.length + 5);
  longer.set(bytes);
  expect(-measure(e, longer)).toBe(S.STATUS_SIZE);
});

test('damage under a valid CRC never traps, neither in the checks nor in a run', () => {
  let accepted = 0;
  let refused = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const e = engine();
    const model = randomModel(seed);
    const bytes = pack(model);
    const r = new Random(seed);
    const weights = new DataView(bytes.buffer).getUint32(F.HEADER_OFFSETS + F.SECTION_WEIGHTS * 4, true);
    for (let n = 0; n < 60; n++) {
      const damaged = bytes.slice();
      for (let k = r.int(1, 3); k > 0; k--) {
        const at = r.int(F.HEADER_BYTES, Math.max(F.HEADER_BYTES, weights - 1));
        damaged[at] = r.pick([0, 1, 0x7f, 0x80, 0xff, (damaged[at] as number) ^ (1 << r.int(0, 7))]);
      }
      const arena = measure(e, withCrc(damaged));
      if (arena < 0) refused++;
      else {
        accepted++;
        const pixels = new DataView(damaged.buffer);
        const [net] = [pixels.getUint32(F.HEADER_OFFSETS, true)];
        const size =
          pixels.getUint16(net + F.NET_CHANNELS, true) *
          pixels.getUint16(net + F.NET_HEIGHT, true) *
          pixels.getUint16(net + F.NET_WIDTH, true);
        if (pixels.getUint16(net + F.NET_STEPS, true) < 64) run(e, damaged, arena, size);
      }
    }
  }
  // The fuzz must reach both sides to mean anything.
  expect(accepted).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(1000);
});

test('random bytes behind a good header never trap', () => {
  const e = engine();
  for (let seed = 1; seed <= 3000; seed++) {
    const r = new Random(seed);
    const bytes = Uint8Array.from({ length: r.int(124, 600) }, () =>
      r.pick([0, 0, 1, 2, 255, r.int(0, 255)]),
    );
    const view = new DataView(bytes.buffer);
    view.setUint32(0, F.MAGIC, true);
    view.setUint32(F.HEADER_VERSION, F.VERSION, true);
    view.setUint32(F.HEADER_FILE_BYTES, bytes.length, true);
    expect(measure(e, withCrc(bytes))).toBeLessThan(0);
  }
});

describe('a real model', () => {
  const bytes = new Uint8Array(readFileSync('models/mnist.snn'));

  test('truncated anywhere is refused', () => {
    const e = engine();
    const r = new Random(1);
    for (let n = 0; n < 2000; n++) {
      const length = n < 600 ? n : r.int(0, bytes.length - 1);
      expect(-measure(e, bytes.slice(0, length)), `${length} bytes`).toBe(S.STATUS_TRUNCATED);
    }
  });

  test('with any bit flipped is refused', () => {
    const e = engine();
    const r = new Random(2);
    for (let n = 0; n < 1500; n++) {
      const bit = n < 1000 ? n : r.int(0, bytes.length * 8 - 1);
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(measure(e, damaged), `bit ${bit}`).toBeLessThan(0);
    }
  });

  test('with its tables flipped under a valid CRC never traps', () => {
    const e = engine();
    const r = new Random(3);
    let accepted = 0;
    for (let n = 0; n < 300; n++) {
      const damaged = bytes.slice();
      const at = r.int(F.HEADER_BYTES, 3000);
      damaged[at] = (damaged[at] as number) ^ (1 << r.int(0, 7));
      const arena = measure(e, withCrc(damaged));
      if (arena < 0) continue;
      accepted++;
      if (accepted <= 40) run(e, damaged, arena, 28 * 28);
    }
    expect(accepted).toBeGreaterThan(20);
  });

  test('that asks for more memory than a 32-bit host has is refused, not laid out', () => {
    const e = engine();
    const model = unpack(bytes, 'mnist.snn');
    const [first, ...rest] = model.layers;
    if (first === undefined) throw new Error('no layers');
    const [conv] = first.projections;
    if (conv === undefined) throw new Error('no projections');
    // 16 × 4096 × 4095 neurons on an image as large: every field is in range, their product is not.
    const huge: Model = {
      ...model,
      input: [1, 4096, 4096],
      layers: [{ ...first, shape: [16, 4096, 4095], membraneBits: 32 }, ...rest],
    };
    expect(measure(e, pack(huge))).toBeLessThan(0);
    const alone: Model = {
      ...huge,
      layers: [
        huge.layers[0] as Model['layers'][0],
        {
          ...(model.layers[3] as Model['layers'][0]),
          projections: [
            { ...(model.layers[3]?.projections[0] as typeof conv), source: 0, weights: new Int8Array(160) },
          ],
        },
      ],
      exits: [1],
      fusion: { kind: 'membrane', rows: [[{ weights: [256], gain: 1 }]] },
      stop: [],
    };
    expect(-measure(e, pack(alone))).toBe(S.STATUS_ARENA);
  });
});

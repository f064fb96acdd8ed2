/** Sizes that no sane model has: products near 2^32, files and arenas larger than memory. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import * as X from '../../assembly/shared/status.ts';
import { Network } from '../../host/network.ts';
import { IMAGE } from '../../tools/network.ts';
import { BUILDS, measure, open, start } from '../drivers/engine.ts';
import { Craft } from '../models/craft.ts';
import { from, small } from '../models/small.ts';

const PAGE = 65536;

/** Two layers of `shape`, which together take more than their own arrays, then an exit. */
function large(shape: [number, number, number], is32: boolean): Craft {
  return new Craft(
    small(
      [
        { shape, from: [from(IMAGE)], membraneBits: is32 ? 32 : 16 },
        { shape: [2, 1, 1], from: [from(0)] },
      ],
      { input: [1, shape[1], shape[2]] },
    ),
  );
}

test.each(BUILDS)('$name: an arena of more than 1 GiB is refused, not laid out', ({ module }) => {
  const engine = start(module);
  // Membranes, input and events: 2 + 2 + 2 bytes a neuron, 4 + 4 + 2 in 32 bits.
  expect(-measure(engine, large([16, 4096, 4095], false).done())).toBe(X.STATUS_ARENA);
  expect(-measure(engine, large([16, 4096, 4095], true).done())).toBe(X.STATUS_ARENA);
  expect(-measure(engine, large([1, 65535, 65535], true).done())).toBe(X.STATUS_ARENA);
  expect(measure(engine, large([1, 65535, 1024], true).done())).toBeGreaterThan(600 << 20);
});

test.each(BUILDS)('$name: an arena too small, or beside a multiple of 16, is refused', ({ module }) => {
  const engine = start(module);
  const bytes = new Craft(small([{ shape: [2, 1, 1], from: [from(IMAGE)] }])).done();
  const size = measure(engine, bytes);
  for (const [net, room, status] of [
    [65536, size, X.STATUS_OK],
    [65536, size - 1, X.STATUS_ARENA],
    [65536, size - 16, X.STATUS_ARENA],
    [65536, 0, X.STATUS_ARENA],
    [65536, 0xffffffff, X.STATUS_OK],
    [65536 + 8, size, X.STATUS_ARENA],
    [65536 + 1, size, X.STATUS_ARENA],
  ] as const)
    expect(open(engine, bytes, net, room), `${room} bytes at ${net}`).toBe(status);
  new Uint8Array(engine.memory.buffer).set(bytes, 65536 * 2 + 8);
  expect(engine.open(65536 * 2 + 8, bytes.length, 65536, size)).toBe(X.STATUS_ARENA);
});

test.each(BUILDS)('$name: 2^31 rows of weights, which 2^31 less 2^16 more once seemed to undo', ({
  module,
}) => {
  // 2 GiB of weights of 2 bits, a row a byte, 16 bytes unpacked: 2^35 bytes taken for −2^35.
  const craft = new Craft(
    small(
      [
        { shape: [2, 512, 512], from: [from(IMAGE)] },
        { shape: [2, 1, 1], from: [from(0, { bits: 2 }), from(0, { bits: 2 })] },
      ],
      { input: [1, 512, 512] },
    ),
  );
  for (const p of [1, 2])
    craft
      .projection(p, F.PROJ_KERNEL_H, 32768)
      .projection(p, F.PROJ_KERNEL_W, p === 1 ? 32768 : 32767)
      .projection(p, F.PROJ_WEIGHTS, 0);
  const size = craft.section(F.SECTION_WEIGHTS) + 2 ** 31;
  craft.set(F.HEADER_FILE_BYTES, 4, size);
  const model = 2 * PAGE;
  const net = Math.ceil((model + size) / PAGE) * PAGE;
  const engine = start(module, net / PAGE + 256);
  new Uint8Array(engine.memory.buffer).set(craft.bytes, model);
  // The CRC of so many bytes takes a minute; open does not look at it.
  const status = engine.open(model, size, net, 128 * PAGE);
  expect(status).toBe(module === BUILDS[1]?.module ? X.STATUS_ARENA : X.STATUS_OK);
  // Behind the arena of the build that unpacks nothing, and in all of the other's, nothing has changed.
  const after = new Uint8Array(engine.memory.buffer, net + 128 * PAGE);
  expect(after.every((byte) => byte === 0)).toBe(true);
});

test('a file larger than memory is refused before it is read', async () => {
  const module = new WebAssembly.Module(readFileSync('build/snn-core.wasm'));
  const read = (): never => {
    throw new Error('read');
  };
  for (const size of [2 ** 32 - 1, 2 ** 32, 2 ** 40])
    await expect(Network.create(module, { size, read })).rejects.toMatchObject({ status: X.STATUS_ARENA });
});

test.each(BUILDS)('$name: memory that there is not is not reserved', ({ module }) => {
  const engine = start(module, 2);
  expect(engine.reserve(0xffffffff)).toBe(0);
  expect(engine.reserve(0)).toBeGreaterThan(0);
});

/** Bytes behind the last image: the command says that there are more, whatever the format; answers before them stand. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_DATA, EXIT_OK } from '../../assembly/shared/status.ts';
import { idxOf } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { IMAGE } from '../../tools/network.ts';
import { type Outcome, runCommand } from '../drivers/wasi-host.ts';
import { from, small } from '../models/small.ts';

const MODEL = pack(
  small([{ shape: [2, 1, 1], from: [from(IMAGE, { kernel: [2, 2] })] }], { input: [1, 2, 2] }),
);
const IDX = idxOf(
  Uint8Array.from({ length: 12 }, (_, i) => i),
  3,
  2,
  2,
);
const PGM = new TextEncoder().encode('P5 2 2 255 abcd');
const PLAIN = new TextEncoder().encode('P2 2 2 255 1 2 3 4');
const join = (...parts: (Uint8Array | string)[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part))));

describe.each(['snn.wasm', 'snn-mvp.wasm'])('%s', (file) => {
  const module = new WebAssembly.Module(readFileSync(`build/${file}`));
  const run = (images: Uint8Array, ...args: string[]): Outcome =>
    runCommand(module, ['m.snn', 'i', ...args], { folders: { '.': { 'm.snn': MODEL, i: images } } });
  const lines = (text: string): number => text.split('\n').length - 1;

  test.each([
    ['IDX', IDX, 3],
    ['a PGM', PGM, 1],
    ['PGM behind one another, blanks between and after', join(PGM, '\n', PGM, ' \n\n'), 2],
    ['a plain PGM', PLAIN, 1],
    ['plain PGM behind one another', join(PLAIN, '\n', PLAIN, '\n'), 2],
  ])('%s is read to its end', (_, images, count) => {
    const { code, stdout, stderr } = run(images);
    expect({ code, stderr, count: lines(stdout) }).toEqual({ code: EXIT_OK, stderr: '', count });
  });

  test.each([
    ['IDX and a byte', join(IDX, '\0')],
    ['IDX and another image', join(IDX, 'abcd')],
    ['IDX twice', join(IDX, IDX)],
    ['a PGM and a byte', join(PGM, 'x')],
    ['a PGM and a zero', join(PGM, '\0')],
    ['two PGM and IDX', join(PGM, PGM, IDX)],
    ['a plain PGM and one number more', join(PLAIN, ' 5')],
    ['a plain PGM and a word', join(PLAIN, '\nmore')],
  ])('%s is refused', (_, images) => {
    const { code, stderr } = run(images);
    expect({ code, stderr }).toEqual({
      code: EXIT_DATA,
      stderr: 'snn: i: has more bytes than its images; copy it again\n',
    });
  });

  test('what --limit leaves out is not looked at', () => {
    expect(run(join(IDX, IDX), '--limit', '2')).toMatchObject({ code: EXIT_OK, stderr: '' });
  });
});

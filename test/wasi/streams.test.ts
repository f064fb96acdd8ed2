/** What a host may do to the command: folders of any name, reads and writes in pieces, faults in the middle. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXIT_DATA, EXIT_IO, EXIT_MODEL, EXIT_OK } from '../../assembly/shared/status.ts';
import { idxOf } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { type Outcome, runCommand, type Surroundings } from '../drivers/wasi-host.ts';
import { Random, randomModel } from '../models/random.ts';

const NET = randomModel(12);
const [CHANNELS, HEIGHT, WIDTH] = NET.input;
const SIZE = CHANNELS * HEIGHT * WIDTH;
const COUNT = 7;
const MODEL = pack(NET);
const IMAGES = idxOf(new Random(1).bytes(COUNT * SIZE), COUNT, HEIGHT, WIDTH);

describe.each(['snn.wasm', 'snn-mvp.wasm'])('%s', (file) => {
  const module = new WebAssembly.Module(readFileSync(`build/${file}`));
  const content = { 'm.snn': MODEL, 'i.idx': IMAGES };
  const run = (args: string[], around?: Surroundings): Outcome =>
    runCommand(module, args, { folders: { '.': content }, ...around });
  const want = run(['--trace', 'm.snn', 'i.idx']);

  test('the host of this test is one that the command works on', () => {
    expect(want.code).toBe(EXIT_OK);
    expect(want.stdout.trimEnd().split('\n')).toHaveLength(COUNT * NET.steps);
  });

  test.each([1, 2, 3, 7, 4095])('reads and writes of at most %i bytes change nothing', (chunk) => {
    expect(run(['--trace', 'm.snn', 'i.idx'], { chunk })).toEqual(want);
  });

  test.each([
    ['.', 'm.snn', true],
    ['.', './/m.snn', true],
    ['./', './m.snn', true],
    ['data', 'data/m.snn', true],
    ['data', 'data//m.snn', true],
    ['data/', 'data/m.snn', true],
    ['./data', 'data/m.snn', true],
    ['data', './data/m.snn', true],
    ['data', 'm.snn', true],
    ['/data', '/data/m.snn', true],
    ['/data/', '/data//m.snn', true],
    ['/data', 'm.snn', true],
    ['/', '/m.snn', true],
    ['/data', '/datam.snn', false],
    ['/data', '/other/m.snn', false],
    ['.', '/m.snn', false],
    ['data', 'database/m.snn', false],
    ['data', '', false],
    ['x'.repeat(300), 'm.snn', false],
  ])('in the folder %s, %s is found: %s', (folder, path, found) => {
    const { code, stderr } = runCommand(module, [path, '-'], {
      folders: { [folder]: { 'm.snn': MODEL } },
      stdin: new Uint8Array(SIZE),
    });
    expect({ code, found: stderr === '' }).toEqual({ code: found ? EXIT_OK : EXIT_MODEL, found });
  });

  test('the second of two folders is searched too', () => {
    const folders = { a: { 'm.snn': MODEL }, '/b': { 'i.idx': IMAGES } };
    expect(run(['--trace', 'm.snn', '/b/i.idx'], { folders })).toEqual(want);
    expect(run(['--trace', 'a/m.snn', 'i.idx'], { folders })).toEqual(want);
  });

  test('a file that opens but cannot be read is not called truncated', () => {
    expect(run(['m.snn', 'i.idx'], { unreadable: ['m.snn'] })).toEqual({
      code: EXIT_MODEL,
      stdout: '',
      stderr: 'snn: m.snn: cannot be read; check that it is a file\n',
    });
    expect(run(['m.snn', 'i.idx'], { unreadable: ['i.idx'] })).toMatchObject({
      code: EXIT_DATA,
      stderr: 'snn: i.idx: cannot be read; check that it is a file\n',
    });
  });

  test('output that fails, or never gets on, ends the command', () => {
    expect(run(['m.snn', 'i.idx'], { stdout: 'broken' }).code).toBe(EXIT_IO);
    expect(run(['m.snn', 'i.idx'], { stdout: 'stuck' }).code).toBe(EXIT_IO);
    expect(run(['--help'], { stdout: 'broken' }).code).toBe(EXIT_IO);
  });

  test('an error that nobody can read keeps its exit code', () => {
    expect(run(['no.snn', 'i.idx'], { stderr: 'broken' }).code).toBe(EXIT_MODEL);
  });

  test('an error longer than the buffer goes to standard error whole', () => {
    const path = 'x'.repeat(10_000);
    expect(run([path, 'i.idx'])).toEqual({
      code: EXIT_MODEL,
      stdout: '',
      stderr: `snn: ${path}: no such file; check the path\n`,
    });
  });

  test('--limit and --skip count over all files, wherever they stand', () => {
    const lines = (args: string[]): string[] => run(args).stdout.trimEnd().split('\n');
    const all = lines(['m.snn', 'i.idx', 'i.idx']);
    expect(all).toHaveLength(2 * COUNT);
    const some = all.slice(5, 8);
    expect(lines(['m.snn', 'i.idx', '--limit', '3', 'i.idx', '--skip', '5'])).toEqual(some);
    expect(lines(['--skip', '5', '--limit', '3', 'm.snn', 'i.idx', 'i.idx'])).toEqual(some);
    expect(run(['m.snn', 'i.idx', '--limit', '0'])).toEqual({ code: EXIT_OK, stdout: '', stderr: '' });
  });

  test('a trace counts events and spikes of its step alone', () => {
    for (const line of want.stdout.trimEnd().split('\n')) {
      const { layers } = JSON.parse(line) as { layers: { events: number; spikes: number }[] };
      layers.forEach(({ events, spikes }, l) => {
        expect(spikes).toBeGreaterThanOrEqual(events);
        expect(spikes).toBeLessThanOrEqual(events * (NET.layers[l]?.burst ?? 0));
      });
    }
  });

  test('a raw image may begin with the letter P', () => {
    const stdin = new Uint8Array(SIZE).fill(80);
    expect(run(['m.snn', '-'], { stdin })).toMatchObject({ code: EXIT_OK, stderr: '' });
    stdin[1] = 53;
    expect(run(['m.snn', '-'], { stdin })).toMatchObject({ code: EXIT_OK, stderr: '' });
  });

  test.each([3, 4, 9, 15])('an IDX file that ends after %i bytes of its header is told so', (length) => {
    const folders = { '.': { 'm.snn': MODEL, 'i.idx': IMAGES.subarray(0, length) } };
    expect(run(['m.snn', 'i.idx'], { folders })).toEqual({
      code: EXIT_DATA,
      stdout: '',
      stderr: 'snn: i.idx: ends within its header; copy it again\n',
    });
  });

  test('a sample above 255 in a plain PNM is told so', () => {
    const magic = CHANNELS === 3 ? 'P3' : 'P2';
    const stdin = Buffer.from(`${magic} ${WIDTH} ${HEIGHT} 255\n${'70000 '.repeat(SIZE)}`);
    expect(run(['m.snn', '-'], { stdin }).stderr).toBe(
      'snn: -: has a sample above its maximum of 255; save it again\n',
    );
  });

  test('no image file makes the command trap, and every refusal is one line', () => {
    const word = fc.constantFrom(
      'P2',
      'P3',
      'P5',
      'P6',
      '\n',
      ' ',
      '#',
      '255',
      `${WIDTH}`,
      `${HEIGHT}`,
      '-1',
    );
    const text = fc.array(word, { maxLength: 12 }).map((words) => Buffer.from(words.join(' ')));
    const header = fc
      .array(fc.constantFrom(0, 1, 3, 4, 8, 80, 255, HEIGHT, WIDTH), { maxLength: 40 })
      .map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(text, header, fc.uint8Array({ maxLength: 99 })), fc.boolean(), (image, piped) => {
        const args = ['m.snn', piped ? '-' : 'i'];
        const { code, stderr } = run(args, { folders: { '.': { 'm.snn': MODEL, i: image } }, stdin: image });
        expect([EXIT_OK, EXIT_DATA]).toContain(code);
        expect(stderr).toMatch(code === EXIT_OK ? /^$/ : /^snn: [^\n]+\n$/);
      }),
    );
  });

  test('no arguments make the command trap', () => {
    const word = fc.constantFrom(
      '--json',
      '--trace',
      '--limit',
      '--skip',
      '2',
      '-',
      '',
      'm.snn',
      'i.idx',
      '-x',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 7 }), (args) => {
        const { code, stderr } = run(args);
        expect(code).toBeLessThanOrEqual(EXIT_DATA);
        expect(stderr).toMatch(code === EXIT_OK ? /^$/ : /^snn: [^\n]+\n$/);
      }),
    );
  });
});

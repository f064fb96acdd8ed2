/** Names from files on a terminal, what cannot be written, and numbers that are none: in every verb. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_IO, EXIT_OK, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { idxOf, labelsIdxOf } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { IMAGE } from '../../tools/network.ts';
import { numberBetween, numbers, wholeNumber } from '../../tools/terminal/options.ts';
import { printable, shown } from '../../tools/terminal/printable.ts';
import { checkWritable, writeWhole } from '../../tools/terminal/write.ts';
import { snn } from '../commands/snn.ts';
import { encode } from '../import/onnx/encode.ts';
import { from, small } from '../models/small.ts';

const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Moves the cursor, sets the title, ends the line, turns the writing; also in one byte of C1, and where lines end otherwise. */
const EVIL = 'a\u001b[2J\u001b]0;t\u0007\n\r\u009b31m\u202eb\u2028\u0000';
const NOT_SHOWN = /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const META: Record<string, unknown> = {
  evil: { name: EVIL, labels: [EVIL, EVIL, EVIL], layers: [EVIL, EVIL, EVIL], units: [1] },
  object: {},
  list: [1],
  null: null,
  numbers: { name: 5, labels: 5, layers: {}, units: 'a', normalization: 5 },
  objects: {
    name: {},
    labels: [{}, []],
    layers: [null],
    units: [null, {}],
    normalization: { mean: [{}], std: 1 },
  },
  normalization: { name: 'n', normalization: { mean: [0], std: [1], order: { toString: 1 } } },
  units: { name: 'n', units: [-1] },
  few: { labels: ['a'], layers: ['a'] },
  many: { labels: new Array(1000).fill('a'), layers: new Array(1000).fill('a') },
  methods: { toString: 1, constructor: 2, name: 'n', valueOf: 3, toJSON: 4 },
};

const images = put(
  'images.idx',
  idxOf(
    Uint8Array.from({ length: 120 }, (_, i) => i),
    120,
    1,
    1,
  ),
);
const labels = put('labels.idx', labelsIdxOf(Uint8Array.from({ length: 120 }, (_, i) => i % 3)));

function model(meta: unknown): Uint8Array {
  const layers = [
    { shape: [4, 1, 1] as [number, number, number], from: [from(IMAGE)] },
    { shape: [3, 1, 1] as [number, number, number], from: [from(0)] },
  ];
  return pack(small(layers, { readout: 'membrane', meta: meta as never }));
}

const verbs = (file: string): string[][] => [
  ['inspect', file],
  ['inspect', file, '--json'],
  ['inspect', file, '--data', images],
  ['energy', file],
  ['energy', file, '--json', '--data', images],
  ['run', file, images, '--limit', '2'],
  ['run', file, images, '--limit', '2', '--json'],
  ['eval', file, '--images', images, '--labels', labels],
  ['eval', file, '--images', images, '--labels', labels, '--json'],
  ['tune', file, '--images', images, '--labels', labels, '-o', join(folder, 'tuned.snn')],
  ['tune', file, '--images', images, '--labels', labels, '-o', join(folder, 'tuned.snn'), '--json'],
  ['bundle', file, '-o', join(folder, 'bundled.wasm')],
  ['bundle', file, '--core', '-o', join(folder, 'bundled.wasm')],
];

/** Every verb with names that attack and with none, of the other shapes those that read most. */
const MANY = ['evil', 'objects'];

describe.each(Object.keys(META))('META: %s', (name) => {
  test('costs the names and nothing else, and nothing of it reaches the terminal as it is', () => {
    const file = put('meta.snn', model(META[name]));
    const tried = MANY.includes(name)
      ? verbs(file)
      : verbs(file)
          .filter(([verb]) => verb === 'tune')
          .slice(0, 1);
    for (const args of tried) {
      const { code, stdout, stderr } = snn(args);
      expect(`${code} ${stderr}`, args.join(' ')).toBe('0 ');
      expect(stdout, args.join(' ')).not.toMatch(NOT_SHOWN);
      if (args.includes('--json')) for (const line of jsonTexts(stdout, args[0] as string)) JSON.parse(line);
    }
  });
});

/** One object, or one in each line. */
function jsonTexts(stdout: string, verb: string): string[] {
  return verb === 'run' || verb === 'tune' ? stdout.trimEnd().split('\n') : [stdout];
}

test('names of an ONNX file are shown, in results and in refusals', () => {
  const file = put(
    'net.onnx',
    encode({ nodes: [{ op: EVIL, name: EVIL, inputs: ['image'], outputs: [EVIL] }], outputs: [EVIL] }),
  );
  for (const args of [
    ['check', file],
    ['check', file, '--json'],
    ['convert', file, '--images', images, '--labels', labels, '-o', join(folder, 'x.snn')],
  ]) {
    const { code, stdout, stderr } = snn(args);
    expect(code).toBe(2);
    expect(stdout).not.toMatch(NOT_SHOWN);
    expect(stderr).not.toMatch(NOT_SHOWN);
    expect(stderr.trimEnd()).not.toContain('\n');
  }
  const { findings } = JSON.parse(snn(['check', file, '--json']).stdout) as { findings: { node: string }[] };
  expect(findings[0]?.node).toBe(printable(EVIL));
});

test('paths are shown', () => {
  const pictures = join(folder, 'pictures');
  mkdirSync(pictures);
  const name = EVIL.replace('\u0000', '');
  writeFileSync(join(pictures, `${name}.pgm`), 'P2 1 1 255 7');
  const file = put('plain.snn', model({ name: 'n' }));
  const text = snn(['run', file, pictures]);
  expect(text).toMatchObject({ code: EXIT_OK, stderr: '' });
  expect(text.stdout).not.toMatch(NOT_SHOWN);
  expect(text.stdout.trimEnd().split('\n')).toHaveLength(1);
  const json = snn(['run', file, pictures, '--json']).stdout;
  expect(json).not.toMatch(NOT_SHOWN);
  expect(JSON.parse(json)).toMatchObject({ file: join(pictures, `${name}.pgm`) });
  writeFileSync(join(pictures, `${name}.pgm`), 'P2 1 1 254 7');
  const { code, stderr } = snn(['run', file, pictures]);
  expect(code).toBe(3);
  expect(stderr).not.toMatch(NOT_SHOWN);
  expect(stderr.trimEnd()).not.toContain('\n');
});

test('what is shown of a text: its lines, tabs and colours', () => {
  const text = 'a\n\tb \u001b[38;5;7mgrey\u001b[0m';
  expect(shown(text)).toBe(text);
  expect(shown('\u001b[2J\u009b[0m\r')).toBe('\\u001b[2J\\u009b[0m\\u000d');
  expect(printable('Größe 数 👩‍🚀')).toBe('Größe 数 👩‍🚀');
});

describe.skipIf(!existsSync('/dev/full'))('a full disk behind standard output', () => {
  const refused = encode({ nodes: [{ op: 'Foo', inputs: ['image'], outputs: ['y'] }], outputs: ['y'] });

  test('costs one line and exit code 4, whatever else has failed', () => {
    const file = put('full.snn', model({ name: 'n' }));
    const onnx = put('full.onnx', refused);
    const many = [
      ['check', onnx],
      ['--help'],
      ['--version'],
      ['check', '--operators'],
      ...verbs(file).filter(([verb]) => verb === 'inspect' || verb === 'run'),
    ];
    for (const args of many) {
      const run = spawnSync('bash', ['-c', 'node dist/tools/cli.js "$@" >/dev/full', 'bash', ...args], {
        encoding: 'utf8',
      });
      expect(`${run.status} ${run.stderr}`, args.join(' ')).toBe(
        `${EXIT_IO} snn: standard output: cannot be written (ENOSPC); free some disk space\n`,
      );
    }
  });

  test('an early end of a pipe hides no failure', () => {
    const onnx = put('pipe.onnx', refused);
    const run = spawnSync(
      'bash',
      ['-c', 'set -o pipefail; node dist/tools/cli.js check "$1" | true', 'bash', onnx],
      { encoding: 'utf8' },
    );
    expect(run.status).toBe(2);
  });
});

describe('output files', () => {
  test('keep their mode, and stay links to what is written', async () => {
    const real = put('real', 'old');
    const link = join(folder, 'link');
    const chain = join(folder, 'chain');
    symlinkSync('real', link);
    symlinkSync(link, chain);
    chmodSync(real, 0o640);
    await checkWritable(chain);
    await writeWhole(chain, 'new');
    expect(readFileSync(real, 'utf8')).toBe('new');
    expect(statSync(real).mode & 0o7777).toBe(0o640);
    expect(readlinkSync(link)).toBe('real');
    expect(lstatSync(chain).isSymbolicLink()).toBe(true);
  });

  test('come to be behind a link that leads nowhere yet', async () => {
    const link = join(folder, 'dangling');
    symlinkSync('later', link);
    await writeWhole(link, 'new');
    expect(readFileSync(join(folder, 'later'), 'utf8')).toBe('new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  test('are not written through a link that somebody has put where the temporary file goes', async () => {
    const host = crc32(hostname()).toString(36);
    const victim = put('victim', 'precious');
    const path = join(folder, 'out');
    symlinkSync(victim, `${path}.${host}.${process.pid}.part`);
    await writeWhole(path, 'new');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('a circle of links is refused', async () => {
    symlinkSync('circle', join(folder, 'circle'));
    await expect(writeWhole(join(folder, 'circle'), 'new')).rejects.toMatchObject({ code: EXIT_IO });
  });

  test('what a killed process has left is swept, what belongs to others is not', async () => {
    const host = crc32(hostname()).toString(36);
    const dead = spawnSync('true').pid;
    const left = `swept.${host}.${dead}.part`;
    const others = [
      `swept.${host}.${process.ppid}.part`,
      `swept.other.${dead}.part`,
      `swept2.${host}.${dead}.part`,
      'swept.part',
    ];
    for (const name of [left, ...others]) put(name, 'left');
    await checkWritable(join(folder, 'swept'));
    const there = readdirSync(folder);
    expect(there).not.toContain(left);
    expect(there).toEqual(expect.arrayContaining(others));
    expect(there.filter((name) => name.startsWith(`swept.${host}.${process.pid}`))).toEqual([]);
  });

  test.each([
    ['convert', 'nowhere.onnx', '--images', 'nowhere'],
    ['tune', 'nowhere.snn', '--images', 'nowhere'],
    ['eval', 'nowhere.snn', '--images', 'nowhere'],
    ['bundle', 'nowhere.snn'],
    ['merge', 'nowhere.json'],
  ])('%s says first that its output cannot be written', (...args) => {
    const { code, stderr } = snn([...args, '-o', join(folder, 'no', 'where')]);
    expect(code).toBe(EXIT_IO);
    expect(stderr).toContain('cannot be written (ENOENT); make its folder first');
  });
});

describe('numbers on the command line are digits', () => {
  const NONE = ['', ' ', '0x10', '1e3', '1e-3', 'Infinity', 'NaN', '1_000', '٣', '--1', '1,5', '0b1'];

  test.each(NONE)('"%s" is none', (text) => {
    for (const parse of [wholeNumber(0), numberBetween(0, 1e9), numbers]) {
      if (parse === numbers && text === '1,5') continue;
      expect(() => parse(text)).toThrow(/^give /);
    }
  });

  test('others are', () => {
    expect(wholeNumber(0)('007')).toBe(7);
    expect(['0.5', '.5', '5.', '5'].map(numberBetween(0, 9))).toEqual([0.5, 0.5, 5, 5]);
    expect(numbers('0.49, 0.48,-1')).toEqual([0.49, 0.48, -1]);
    expect(() => wholeNumber(0)('9007199254740993')).toThrow(/^give /);
  });

  test('in every verb', () => {
    for (const args of [
      ['run', 'a', 'b', '--skip'],
      ['eval', 'a', '--images', 'b', '--threads'],
      ['tune', 'a', '-o', 'b', '--images', 'c', '--loss'],
      ['convert', 'a', '-o', 'b', '--images', 'c', '--mean'],
      ['eval', 'a', '--images', 'b', '--shard'],
    ])
      for (const text of ['', '0x1', '1e1'])
        expect(snn([...args, text]).code, [...args, text].join(' ')).toBe(EXIT_USAGE);
  });
});

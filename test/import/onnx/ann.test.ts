import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Ann } from '../../../tools/import/onnx/ann.ts';
import { around, node } from './models.ts';

const nodes = [node('Relu', ['conv'], 'h')];
const pixels = (n: number) => Float32Array.from({ length: n * 36 }, (_, i) => Math.sin(i));

test('a batch gives each image what it gets alone, across calls of the runtime', async () => {
  const ann = await Ann.open(around(nodes), { tensors: ['h', 'final'] });
  const all = await ann.run(pixels(70), 70);
  expect(all.exits[0]).toHaveLength(70 * 3);
  expect(all.tensors.get('h')).toHaveLength(70 * 4 * 36);
  expect(all.tensors.get('final')).toEqual(all.exits[0]);
  for (const i of [0, 1, 63, 64, 69]) {
    const { exits, tensors } = await ann.run(pixels(70).subarray(i * 36, (i + 1) * 36), 1);
    expect(all.exits[0]?.subarray(i * 3, (i + 1) * 3)).toEqual(exits[0]);
    expect(all.tensors.get('h')?.subarray(i * 144, (i + 1) * 144)).toEqual(tensors.get('h'));
  }
  await ann.close();
});

test.each([1, 2])('a batch fixed at %i', async (batch) => {
  const open = await Ann.open(around(nodes));
  const fixed = await Ann.open(around(nodes, {}, { input: [batch, 1, 6, 6] }));
  expect(await fixed.run(pixels(5), 5)).toEqual(await open.run(pixels(5), 5));
});

test('exits are logits, in the order of the outputs', async () => {
  const softmax = [...nodes, node('Softmax', ['final'], 'probabilities')];
  const plain = await (await Ann.open(around(nodes))).run(pixels(2), 2);
  const behind = await Ann.open(around(softmax, {}, { outputs: ['probabilities'] }));
  expect((await behind.run(pixels(2), 2)).exits).toEqual(plain.exits);
});

test('no images', async () => {
  const { exits } = await (await Ann.open(around(nodes))).run(new Float32Array(0), 0);
  expect(exits).toEqual([new Float32Array(0)]);
});

test('refuses pixels that do not fit, unknown tensors and what the runtime cannot run', async () => {
  const ann = await Ann.open(around(nodes));
  await expect(ann.run(pixels(2), 3)).rejects.toThrow('72 pixels for 3 images of 36');
  await expect(Ann.open(around(nodes), { tensors: ['x'], file: 'net.onnx' })).rejects.toThrow(
    'net.onnx: no tensor "x" is computed in it',
  );
  const foreign = around([node('Foo', ['conv'], 'h')]);
  await expect(Ann.open(foreign, { file: 'net.onnx' })).rejects.toThrow('net.onnx: ONNX Runtime refuses it');
});

/** In a process of its own, from `dist` as the command line runs it. */
test('starts no workers, says nothing, and lets the process end by itself', () => {
  const code = `
    const { Ann } = await import('./dist/tools/import/onnx/ann.js');
    const ann = await Ann.open(Buffer.from('${Buffer.from(around(nodes)).toString('base64')}', 'base64'));
    await ann.run(new Float32Array(36), 1);
    const active = process.getActiveResourcesInfo();
    if (active.length > 0) console.log(active);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 });
  expect(`${child.stdout}${child.stderr}`).toBe('');
  expect(child.status).toBe(0);
}, 30_000);

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readOnnx } from '../../../tools/import/onnx/onnx.ts';
import { OrtSession } from '../../../tools/import/onnx/ort-session.ts';
import { wire } from '../../../tools/import/onnx/wiring.ts';
import type { FloatRuntime } from '../../../tools/import/source.ts';
import { around, node } from './models.ts';

const nodes = [node('Relu', ['conv'], 'h')];
/** Networks that ours cannot be made from may be run all the same. */
const open = (bytes: Uint8Array, tensors?: string[]): Promise<FloatRuntime> =>
  OrtSession.open(bytes, wire(readOnnx(bytes, 'net.onnx')), tensors);
const pixels = (n: number) => Float32Array.from({ length: n * 36 }, (_, i) => Math.sin(i));

test('a batch gives each image what it gets alone, across calls of the runtime', async () => {
  const session = await open(around(nodes), ['h', 'final']);
  const all = await session.run(pixels(70), 70, ['h', 'final']);
  expect(all.exits[0]).toHaveLength(70 * 3);
  expect(all.tensors.get('h')).toHaveLength(70 * 4 * 36);
  expect(all.tensors.get('final')).toEqual(all.exits[0]);
  for (const i of [0, 1, 63, 64, 69]) {
    const { exits, tensors } = await session.run(pixels(70).subarray(i * 36, (i + 1) * 36), 1, ['h']);
    expect(all.exits[0]?.subarray(i * 3, (i + 1) * 3)).toEqual(exits[0]);
    expect(all.tensors.get('h')?.subarray(i * 144, (i + 1) * 144)).toEqual(tensors.get('h'));
  }
  await session.close();
});

test.each([1, 2])('a batch fixed at %i', async (batch) => {
  const any = await open(around(nodes));
  const fixed = await open(around(nodes, {}, { input: [batch, 1, 6, 6] }));
  expect(await fixed.run(pixels(5), 5)).toEqual(await any.run(pixels(5), 5));
});

test('exits are logits, in the order of the outputs', async () => {
  const softmax = [...nodes, node('Softmax', ['final'], 'probabilities')];
  const plain = await (await open(around(nodes))).run(pixels(2), 2);
  const dropped = await open(around(softmax, {}, { outputs: ['probabilities'] }));
  expect((await dropped.run(pixels(2), 2)).exits).toEqual(plain.exits);
});

test('no images', async () => {
  const { exits } = await (await open(around(nodes))).run(new Float32Array(0), 0);
  expect(exits).toEqual([new Float32Array(0)]);
});

test('refuses pixels that do not fit, unknown tensors and what the runtime cannot run', async () => {
  const session = await open(around(nodes));
  await expect(session.run(pixels(2), 3)).rejects.toThrow('72 pixels for 3 images of 36');
  await expect(open(around(nodes), ['x'])).rejects.toThrow('net.onnx: no tensor "x" is computed in it');
  const foreign = around([node('Foo', ['conv'], 'h')]);
  await expect(open(foreign)).rejects.toThrow('net.onnx: ONNX Runtime refuses it');
});

/** In a process of its own, from `dist` as the command line runs it. */
test('starts no workers, says nothing, and lets the process end by itself', () => {
  const code = `
    const { openOnnx } = await import('./dist/tools/import/onnx/open.js');
    const bytes = Buffer.from('${Buffer.from(around(nodes)).toString('base64')}', 'base64');
    const session = await openOnnx(bytes, 'net.onnx').openFloat();
    await session.run(new Float32Array(36), 1);
    const active = process.getActiveResourcesInfo();
    if (active.length > 0) console.log(active);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 });
  expect(`${child.stdout}${child.stderr}`).toBe('');
  expect(child.status).toBe(0);
}, 30_000);

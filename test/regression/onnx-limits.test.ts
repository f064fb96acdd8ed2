/** Graphs that are small in their file and large, deep or endless in memory: refused by a limit, within seconds. */
import { describe, expect, test } from 'vitest';
import { checkOnnx } from '../../tools/import/onnx/check.ts';
import { noExternal } from '../../tools/import/onnx/external.ts';
import { readOnnx } from '../../tools/import/onnx/onnx.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import { withoutNodes } from '../../tools/import/onnx/without-nodes.ts';
import { around, CASES, FLOODS, int64, node } from '../hostile/graphs.ts';

describe.each(CASES)('%s', (_, make, message = /./) => {
  const bytes = make();

  test('is refused in one line that names the file', { timeout: 5000 }, () => {
    const open = (): unknown => openOnnx(bytes, 'net.onnx');
    expect(open).toThrow(message);
    expect(open).toThrow(
      expect.objectContaining({ code: 2, message: expect.stringMatching(/^net\.onnx: .+$/) }),
    );
  });

  test('and a check of the whole file ends too', { timeout: 5000 }, () => {
    const check = (): number => checkOnnx(bytes, 'net.onnx', noExternal('net.onnx')).findings.length;
    let found = 1;
    try {
      found = check();
    } catch (error) {
      expect(error).toMatchObject({ code: 2 });
    }
    expect(found).toBeGreaterThan(0);
  });
});

test.each(FLOODS)('two million %s in four megabytes are not decoded', (_, bytes) => {
  expect(() => readOnnx(bytes, 'net.onnx')).toThrow(/^net\.onnx: more than \d+ (nodes|whole numbers)/);
});

test('ONNX Runtime does not compute what no output depends on', async () => {
  const dead = node('ConstantOfShape', ['s'], 'c');
  const bytes = around([dead], 'r', { constants: { s: int64(2 ** 20, 2 ** 20) } });
  const alive = around([], 'r', { constants: { s: int64(2 ** 20, 2 ** 20) } });
  const { unneeded } = readOnnx(bytes, 'net.onnx');
  expect([...unneeded]).toEqual([3]);
  expect(Uint8Array.from(withoutNodes(bytes, unneeded))).toEqual(alive);
  const float = await openOnnx(bytes, 'net.onnx').openFloat();
  const { exits } = await float.run(new Float32Array(36).fill(1), 1);
  expect([...(exits[0] as Float32Array)]).toEqual([144, 144, 144]);
  await float.close();
});

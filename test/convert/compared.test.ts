/** The folded network beside the trained one, layer by layer. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { floatPixels } from '../../tools/convert/calibration.ts';
import { compareLayers } from '../../tools/convert/compared.ts';
import type { Activations } from '../../tools/convert/thresholds.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import type { Ann } from '../../tools/network.ts';

const IMAGES = 4;
const PIXELS = { normalization: { mean: [0], std: [1] }, order: 'rgb' as const };
const data = await mnistTest(100);

async function opened(file: string): Promise<{ network: Ann; activations: Activations }> {
  const { network, openFloat } = openOnnx(new Uint8Array(readFileSync(file)), file);
  const names = network.layers.map((l) => l.tensor);
  const runtime = await openFloat(names);
  const { tensors } = await runtime.run(floatPixels(network, data, 0, IMAGES, PIXELS), IMAGES, names);
  return { network, activations: (i) => tensors.get(names[i] as string) as Float32Array };
}

test.each([
  'models/mnist.onnx',
  'models/mnist-relu.onnx',
])('%s is itself, and every change of a layer is seen', async (file) => {
  const { network, activations } = await opened(file);
  const compare = (changed: Ann): void =>
    compareLayers(changed, data, activations, IMAGES, PIXELS.normalization, file);
  compare(network);
  network.layers.forEach((layer, i) => {
    const other = { ...layer, bias: layer.bias.map((b) => b + 0.2) };
    expect(() => compare({ ...network, layers: network.layers.with(i, other) })).toThrow(
      `${file}: node "${layer.name}": folded it differs from ONNX Runtime by`,
    );
  });
});

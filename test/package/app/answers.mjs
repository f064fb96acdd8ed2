// Any program that uses the package: the same lines in Node and in browsers.
import { load, loadBatch, pixelsOf } from 'snn.wasm';

/** `pictures`: what a canvas gives; `model`: whatever load takes. */
export async function answers(model, pictures) {
  const network = await load(model);
  const images = pictures.map((picture) => pixelsOf(picture, network.info.input));
  const batch = await loadBatch(model, { threads: 2 });
  const many = await batch.classifyBatch(images);
  batch.close();
  return { name: batch.info.name, one: images.map((image) => network.classify(image)), many };
}

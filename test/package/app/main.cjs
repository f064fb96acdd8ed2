// Node, for programs that are no modules.
const { readFileSync } = require('node:fs');
const { load, loadBatch, pixelsOf } = require('snn.wasm');

const [images, model] = process.argv.slice(2);
const bytes = readFileSync(images);

async function main() {
  const network = await load(readFileSync(model));
  const pixels = [];
  for (let at = 0; at < bytes.length; at += 784 * 4)
    pixels.push(
      pixelsOf({ height: 28, width: 28, data: bytes.subarray(at, at + 784 * 4) }, network.info.input),
    );
  const batch = await loadBatch(model, { threads: 2 });
  const many = await batch.classifyBatch(pixels);
  batch.close();
  console.log(JSON.stringify({ name: batch.info.name, one: pixels.map((p) => network.classify(p)), many }));
}
main();

import { type Answer, load, loadBatch, ModelError, type ModelInfo, pixelsOf } from 'snn.wasm';
import { load as loadInBrowser } from 'snn.wasm/web';

export async function classify(data: Uint8ClampedArray): Promise<Answer> {
  const network = await load(new URL('https://example.org/a.snn'), { simd: false });
  const info: ModelInfo = (await loadBatch('a.snn', { threads: 2 })).info;
  if (info.classes === 0) throw new ModelError(1);
  // @ts-expect-error no option of that name
  await loadInBrowser('a.snn', { threds: 2 });
  return network.classify(pixelsOf({ width: 1, height: 1, data }, network.info.input));
}

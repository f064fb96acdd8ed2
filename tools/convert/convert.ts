/** ONNX → `.snn`: every stage in order, each reporting what it lost. */
import { importOnnx } from '../import/graph.ts';
import type { Model } from '../model.ts';
import { pack } from '../pack.ts';
import { record } from '../record.ts';
import { build } from './build.ts';
import { type Calibration, checkData, floatPixels, type Report } from './calibration.ts';
import { findCeilings, reportAnn, reportFloatSpiking, reportFolded } from './float-stages.ts';
import { narrow, reportIntegers, tune } from './integer-stages.ts';
import type { ConvertOptions } from './options.ts';
import { separatePools } from './pooling.ts';

/** Images for the stages that run in slow, plain code. */
const SLOW_IMAGES = 200;
const NORMALIZATION_BATCH = 500;

export async function convert(
  onnx: Uint8Array,
  file: string,
  data: Calibration,
  options: ConvertOptions,
  report: Report,
  onProgress?: (images: number) => void,
): Promise<{ bytes: Uint8Array; model: Model }> {
  const imported = importOnnx(onnx, file);
  const network = options.poolNeurons ? separatePools(imported.network) : imported.network;
  checkData(network, data, file);
  const { Ann } = await import('../import/ann.ts');

  const ann = await reportAnn(await Ann.open(onnx), network, data, options, report);
  const few = Math.min(SLOW_IMAGES, data.count);
  reportFolded(network, data, few, options, imported.folded, ann.logits, report);

  const ceilings = await findCeilings(network, options, file, async (tensors) => {
    const batch = Math.min(NORMALIZATION_BATCH, data.count);
    const inside = await Ann.open(onnx, { tensors });
    return (await inside.run(floatPixels(network, data, 0, batch, options.normalization), batch)).tensors;
  });
  const built = build(network, ceilings, options);
  report({
    stage: 'weights',
    text: `int8 weights: ${built.weightErrors.map((w) => `${w.layer} ${(100 * w.error).toFixed(2)} %`).join(', ')} of their RMS lost`,
    facts: { weightErrors: built.weightErrors, ceilings },
  });
  // As much slow work for many steps as for four.
  const fewer = Math.max(20, Math.floor((few * 4) / Math.max(4, options.steps)));
  reportFloatSpiking(network, data, fewer, built.amplitudes, options, report);

  let model = options.narrow ? narrow(built.model, data, report) : built.model;
  const traces = await record({ model: pack(model), images: data.images, count: data.count }, onProgress);
  reportIntegers(model, traces, data.labels, report);
  model = tune(model, traces, data.labels, built.units, options, report);
  return { bytes: pack(model), model };
}

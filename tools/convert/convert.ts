/** ONNX → `.snn`: every stage in order, each reporting what it lost. */
import { importOnnx } from '../import/graph.ts';
import type { Model } from '../model.ts';
import type { Network } from '../network.ts';
import { pack } from '../pack.ts';
import { record } from '../record.ts';
import { heldImages, slowImages } from './budget.ts';
import { type Built, build } from './build.ts';
import { type Calibration, checkData, floatPixels, imageOf, type Report } from './calibration.ts';
import { findCeilings, reportAnn, reportFloatSpiking, reportFolded } from './float-stages.ts';
import { narrow, reportIntegers, tune } from './integer-stages.ts';
import { correctBiases } from './light.ts';
import { floatNeurons } from './neurons.ts';
import type { ConvertOptions } from './options.ts';
import { separatePools } from './pooling.ts';
import type { Activations } from './thresholds.ts';

/** Images of the robust normalization's batch, as in the paper. */
const NORMALIZATION_BATCH = 500;
/** Steps that the bias correction of `light` looks at. */
const LIGHT_STEPS = 8;

export async function convert(
  onnx: Uint8Array,
  file: string,
  data: Calibration,
  options: ConvertOptions,
  report: Report,
  onProgress?: (images: number) => void,
): Promise<{ bytes: Uint8Array; model: Model }> {
  const imported = importOnnx(onnx, file);
  const trained = options.poolNeurons ? separatePools(imported.network) : imported.network;
  checkData(trained, data, file);
  const { Ann } = await import('../import/ann.ts');

  const ann = await reportAnn(await Ann.open(onnx), trained, data, options, report);
  const few = slowImages(trained, 1, 4, Math.min(200, data.count));
  reportFolded(trained, data, few, options, imported.folded, ann.logits, report);

  const batch = heldImages(trained, Math.min(NORMALIZATION_BATCH, data.count));
  const inside = await Ann.open(onnx, { tensors: [...new Set(trained.layers.map((l) => l.tensor))] });
  const { tensors } = await inside.run(
    floatPixels(trained, data, 0, batch, options.normalization),
    batch,
  );
  await inside.close();
  const activations: Activations = (i) => tensors.get(trained.layers[i]?.tensor as string) as Float32Array;
  const ceilings = findCeilings(trained, options, file, activations);
  const network = options.method === 'light' ? lighten(trained, ceilings, data, batch, options, activations) : trained;
  const built = build(network, ceilings, options);
  reportWeights(built, report);
  const slow = slowImages(network, options.steps, 20, Math.min(1000, data.count));
  const float = reportFloatSpiking(network, data, slow, built.neurons, options, report);

  const seen = slowImages(network, options.steps, 3, 64);
  let model = options.narrow ? narrow(built.model, data, seen, report) : built.model;
  const traces = await record({ model: pack(model), images: data.images, count: data.count }, onProgress);
  reportIntegers(model, traces, data.labels, float, report);
  model = tune(model, traces, data.labels, built.units, options, report);
  return { bytes: pack(model), model };
}

function lighten(
  network: Network,
  ceilings: Float64Array[],
  data: Calibration,
  batch: number,
  options: ConvertOptions,
  activations: Activations,
): Network {
  const steps = Math.min(options.steps, LIGHT_STEPS);
  const images = Array.from({ length: slowImages(network, steps, 8, Math.min(batch, 64)) }, (_, i) => imageOf(data, i));
  const neurons = floatNeurons(network, ceilings, options);
  return correctBiases(network, neurons, images, options.normalization, activations, steps);
}

function reportWeights({ weightErrors, model }: Built, report: Report): void {
  const bits = model.layers.map((l) => l.synapses[0]?.bits as number);
  const lost = weightErrors.map((w, i) => `${w.layer} ${(100 * w.error).toFixed(2)} % at ${bits[i]}`);
  report({
    stage: 'weights',
    text: `share of the weights' RMS lost, at bits: ${lost.join(', ')}`,
    facts: { weightErrors, bits },
  });
}

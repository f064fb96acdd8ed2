/** A trained network → `.snn`: every stage in order, each reporting what it lost. */
import { pack } from '../file/pack.ts';
import type { Source } from '../import/source.ts';
import type { Model } from '../model.ts';
import { type Ann, isPool } from '../network.ts';
import { record } from '../run/record.ts';
import type { Report } from '../terminal/stages.ts';
import { rightOf } from '../tune/right.ts';
import { fitImages, tune } from '../tune/tune.ts';
import { engineImages, heldImages, slowImages } from './budget.ts';
import { type Built, build } from './build.ts';
import { type Calibration, imageOf } from './calibration.ts';
import { inPixelOrder } from './channels.ts';
import { compareLayers } from './compared.ts';
import { bitsStage } from './fewer-bits.ts';
import { type FloatStage, findCeilings, floatStage, foldedStage, spikingStage } from './float-stages.ts';
import { checkIntegers, integersStage, membranesStage } from './integer-stages.ts';
import { correctBiases } from './light.ts';
import { floatNeurons } from './neurons.ts';
import { choosePoint, type OperatingPoint } from './operating-point.ts';
import type { ConvertOptions } from './options.ts';
import { checkPadding, withPixelScale } from './pixels.ts';
import { separatePools } from './pooling.ts';
import { silentStage } from './silent.ts';
import { enoughSteps } from './steps.ts';
import type { Activations } from './thresholds.ts';

/** Images of the robust normalization's batch, as in the paper. */
const NORMALIZATION_BATCH = 500;
/** Images that the folded network is compared with the trained one on. */
const COMPARED_IMAGES = 8;
/** Images that the same spikes are computed on in floats. */
const FLOAT_IMAGES = 300;
/** Steps that the bias correction of `light` looks at. */
const LIGHT_STEPS = 8;

export async function convert(
  source: Source,
  data: Calibration,
  given: ConvertOptions,
  report: Report,
  onProgress?: (images: number) => void,
): Promise<{ bytes: Uint8Array; model: Model }> {
  const { file, folded } = source;
  const ordered = inPixelOrder(source.network, given.order, file);
  const trained = given.poolNeurons ? separatePools(ordered) : ordered;

  const normalization = withPixelScale(given.normalization, source.pixels, given.order);
  checkPadding(trained, normalization, file);
  const wanted = { ...given, normalization };
  const batch = heldImages(trained, Math.min(NORMALIZATION_BATCH, data.count));
  const float = await floatStage(source, trained, data, batch, given, report);
  const few = slowImages(trained, 4, 4, Math.min(200, data.count));
  const { activations } = float;
  if (float.logits !== undefined)
    compareLayers(
      trained,
      data,
      activations,
      Math.min(few, batch, COMPARED_IMAGES),
      wanted.normalization,
      file,
    );
  foldedStage(trained, data, few, wanted, folded, float.logits, report);
  silentStage(trained, activations, batch, report);
  const fine = await operatingPoint(trained, data, batch, float, wanted, file, report);
  const { network, ceilings, options } = fine;
  weightsStage(fine, report);
  const slow = slowImages(network, options.steps, 4, Math.min(FLOAT_IMAGES, data.count));
  const spiking = spikingStage(network, data, slow, fine.neurons, options, report);

  const seen = engineImages(network, options.steps);
  const rebuild = (least: Float64Array[]): Built => build(network, ceilings, options, least);
  const built = options.narrow ? await membranesStage(fine, rebuild, data, seen, report) : fine;
  let { model } = built;
  const traces = await record({ model: pack(model), images: data.images, count: data.count }, onProgress);
  const accuracy = integersStage(model, traces, data.labels, spiking, report);
  checkIntegers(accuracy, float.accuracy, data, options, file, report);
  if (options.bits < 8) await bitsStage(model, fine, data, traces, report);
  model = tune({ model, traces, labels: data.labels, units: built.units, options, report });
  return { bytes: pack(model), model };
}

/** Ceilings, corrected biases and integers of the levels and steps that were given, or of those that calibration likes best. */
async function operatingPoint(
  trained: Ann,
  data: Calibration,
  batch: number,
  { activations, logits }: FloatStage,
  wanted: ConvertOptions,
  file: string,
  report: Report,
): Promise<OperatingPoint> {
  const isLight = wanted.method === 'light';
  const ceilingsOf = (options: ConvertOptions): Float64Array[] =>
    findCeilings(trained, options, file, activations);
  // Of the other methods they are the same at every point.
  const fixed = isLight ? undefined : ceilingsOf(wanted);
  const make = (chosen: Partial<ConvertOptions>): OperatingPoint => {
    const options = { ...wanted, ...chosen };
    const ceilings = fixed ?? ceilingsOf(options);
    const network = isLight ? lighten(trained, ceilings, data, batch, options, activations) : trained;
    return { ...build(network, ceilings, options), network, ceilings, options };
  };
  if (wanted.findSteps) return make({ steps: await enoughSteps(trained, make, data, wanted, report) });
  const most = Math.max(...wanted.points.map((p) => p.steps));
  const count = Math.min(fitImages(data.count, wanted.stop), engineImages(trained, most));
  const final = logits?.at(-1);
  const classes = (final?.length ?? 0) / data.count;
  const right = final && rightOf(data.labels, count, (i) => final.subarray(i * classes, (i + 1) * classes));
  return choosePoint(wanted.points, make, data, count, right, report);
}

function lighten(
  network: Ann,
  ceilings: Float64Array[],
  data: Calibration,
  batch: number,
  options: ConvertOptions,
  activations: Activations,
): Ann {
  const steps = Math.min(options.steps, LIGHT_STEPS);
  const images = Array.from({ length: slowImages(network, steps, 4, Math.min(batch, 64)) }, (_, i) =>
    imageOf(data, i),
  );
  const neurons = floatNeurons(network, ceilings, options);
  return correctBiases(network, neurons, images, options.normalization, activations, steps);
}

function weightsStage({ weightErrors, model, network }: OperatingPoint, report: Report): void {
  const bits = model.layers.map((l) => l.projections[0]?.bits as number);
  // Pools have none of their own.
  const lost = weightErrors
    .map((w, i) => ({ ...w, bits: bits[i], isPool: isPool(network.layers[i]?.projections[0]) }))
    .filter((w) => !w.isPool)
    .map((w) => `${w.layer} ${(100 * w.error).toFixed(2)} % at ${w.bits} bits`);
  report({
    stage: 'weights',
    text: `rounded to integers they are off by, of their root mean square: ${lost.join(', ')}`,
    facts: { weightErrors, bits },
  });
}

/** Weights of fewer than 8 bits. */
import { pack } from '../file/pack.ts';
import type { Model } from '../model.ts';
import { record } from '../run/record.ts';
import { evidenceOf, type Traces } from '../run/traces.ts';
import { percent, type Report } from '../terminal/stages.ts';
import { build } from './build.ts';
import { accuracyOf, type Calibration } from './calibration.ts';
import type { OperatingPoint } from './operating-point.ts';

/** Images that compare fewer bits with 8. */
const BITS_IMAGES = 1000;
/** Accuracy that fewer bits may cost without a warning. */
const MOST_LOST = 0.01;

/** What fewer bits saved and cost, against the same network at 8; where they cost much, how many would not. */
export async function bitsStage(
  model: Model,
  { network, ceilings, options }: OperatingPoint,
  data: Calibration,
  traces: Traces,
  report: Report,
): Promise<void> {
  const count = Math.min(BITS_IMAGES, data.count);
  const images = data.images.subarray(0, (data.images.length / data.count) * count);
  const last = model.exits.length - 1;
  const accuracy = (t: Traces): number =>
    accuracyOf(data.labels, count, (i) => evidenceOf(t, i, t.steps, last)[last] as Int32Array);
  const at = async (bits: number): Promise<{ bytes: number; accuracy: number }> => {
    const other = pack(build(network, ceilings, { ...options, bits }).model);
    return { bytes: other.length, accuracy: accuracy(await record({ model: other, images, count })) };
  };
  const [few, all] = [{ bytes: pack(model).length, accuracy: accuracy(traces) }, await at(8)];
  report({
    stage: 'bits',
    text: `${options.bits}-bit weights: ${few.bytes} bytes, ${percent([few.accuracy])}; 8 bits: ${all.bytes} bytes, ${percent([all.accuracy])}; final exit, last step, ${count} images`,
    facts: {
      bits: options.bits,
      bytes: few.bytes,
      accuracy: few.accuracy,
      bytes_8: all.bytes,
      accuracy_8: all.accuracy,
      images: count,
    },
  });
  if (few.accuracy >= all.accuracy - MOST_LOST) return;
  let bits = options.bits + 1;
  let enough = await at(bits);
  while (bits < 8 && enough.accuracy < all.accuracy - MOST_LOST) enough = await at(++bits);
  report({
    stage: 'warning',
    text: `${options.bits}-bit weights cost ${(100 * (all.accuracy - few.accuracy)).toFixed(2)} points; --bits ${bits} is the least that costs at most ${100 * MOST_LOST}: ${enough.bytes} bytes, ${percent([enough.accuracy])}`,
    facts: { bits, ...enough },
  });
}

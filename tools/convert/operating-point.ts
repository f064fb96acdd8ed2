/**
 * Levels and steps of a network that was not told them: tried on calibration images, the cheapest first, until one is as
 * good as the trained network, or all were seen. Few are enough for most; a thin residual network needs more.
 */
import { pack } from '../file/pack.ts';
import type { Ann } from '../network.ts';
import { openNetwork } from '../run/open-network.ts';
import { record } from '../run/record.ts';
import { evidenceOf, type Traces } from '../run/traces.ts';
import { ofImages, percent, type Report } from '../terminal/stages.ts';
import { leads } from '../tune/best-step.ts';
import { countRight, rightOf, shareOf } from '../tune/right.ts';
import type { Built } from './build.ts';
import type { Calibration } from './calibration.ts';
import type { ConvertOptions } from './options.ts';
import type { Point } from './points.ts';

/** The network of one choice of levels and steps. */
export interface OperatingPoint extends Built {
  network: Ann;
  ceilings: Float64Array[];
  options: ConvertOptions;
}

/** What it did. */
interface Trial {
  built: OperatingPoint;
  right: boolean[];
  sops: number;
  name: string;
}

/**
 * @param make builds the network of a point
 * @param wanted whether the trained network was right on each of them, where that is known
 * @param count images tried, the first ones
 */
export async function choosePoint(
  points: Point[],
  make: (point: Point) => OperatingPoint,
  data: Calibration,
  count: number,
  wanted: boolean[] | undefined,
  report: Report,
): Promise<OperatingPoint> {
  const [only] = points;
  if (points.length === 1 && only !== undefined) return make(only);
  const trials: Trial[] = [];
  for (const point of points) {
    const trial = await attempt(point, make(point), data, count, report);
    trials.push(trial);
    if (wanted !== undefined && !leads(wanted, trial.right)) break;
  }
  const best = trials.reduce((a, b) => (countRight(b.right) > countRight(a.right) ? b : a));
  const good = trials.filter((t) => !leads(best.right, t.right));
  const chosen = good.reduce((a, b) => (b.sops < a.sops ? b : a));
  report({
    stage: 'chosen',
    text: `${chosen.name}: the fewest SOPs (synapses that spikes visit) of all that are as accurate as the best, but for luck; --burst and --steps choose others`,
    facts: { burst: chosen.built.model.layers[0]?.burst, steps: chosen.built.model.steps },
  });
  return chosen.built;
}

async function attempt(
  { burst, steps }: Point,
  built: OperatingPoint,
  data: Calibration,
  count: number,
  report: Report,
): Promise<Trial> {
  const model = pack(built.model);
  const images = data.images.subarray(0, (data.images.length / data.count) * count);
  const traces = await record({ model, images, count });
  const { info } = await openNetwork(model);
  const last = traces.exits - 1;
  const right = rightOf(
    data.labels,
    count,
    (i) => evidenceOf(traces, i, traces.steps, last)[last] as Int32Array,
  );
  const [sops, ram] = [sopsOf(traces), info.arenaBytes];
  const name = `${burst} ${burst === 1 ? 'spike' : 'spikes'} at most in ${steps === 1 ? '1 step' : `each of ${steps} steps`}`;
  const accuracy = shareOf(right);
  report({
    stage: 'tried',
    text: `${name}: ${percent([accuracy])} of ${ofImages(accuracy, count)}, ${(sops / 1000).toFixed(0)} k SOPs an image, ${ram} bytes of RAM`,
    facts: { burst, steps, accuracy, images: count, sops, arena_bytes: ram },
  });
  return { built, right, sops, name };
}

/** Per image. */
function sopsOf({ sops, images }: Traces): number {
  return sops.reduce((n, s) => n + s, 0) / images;
}

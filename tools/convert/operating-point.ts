/**
 * Levels and steps of a network that was not told them: tried on calibration images, the cheapest first, until one is as
 * good as the trained network, or all were seen. Few are enough for most; a thin residual network needs more.
 */
import { pack } from '../file/pack.ts';
import type { Model } from '../model.ts';
import { openNetwork } from '../run/open-network.ts';
import { record } from '../run/record.ts';
import { argmax, evidenceOf, type Traces } from '../run/traces.ts';
import { ofImages, percent, type Report } from '../terminal/stages.ts';
import { leads } from '../tune/best-step.ts';
import type { Calibration } from './calibration.ts';
import type { Point } from './points.ts';

/** A point and what its network did. */
interface Trial<B> {
  built: B;
  right: boolean[];
  sops: number;
  name: string;
}

/**
 * @param make builds the network of a point
 * @param wanted whether the trained network was right, per image, where that is known
 * @param count images tried, the first ones
 */
export async function choosePoint<B extends { model: Model }>(
  points: Point[],
  make: (point: Point) => B,
  data: Calibration,
  count: number,
  wanted: boolean[] | undefined,
  report: Report,
): Promise<B> {
  const [only] = points;
  if (points.length === 1 && only !== undefined) return make(only);
  const trials: Trial<B>[] = [];
  for (const point of points) {
    const trial = await attempt(point, make(point), data, count, report);
    trials.push(trial);
    if (wanted !== undefined && !leads(wanted.slice(0, count), trial.right)) break;
  }
  const best = trials.reduce((a, b) => (shareOf(b) > shareOf(a) ? b : a));
  const good = trials.filter((t) => !leads(best.right, t.right));
  const chosen = good.reduce((a, b) => (b.sops < a.sops ? b : a));
  report({
    stage: 'chosen',
    text: `${chosen.name}: the fewest SOPs (synapses that events visit) of those that the best does not lead by more than luck; --burst and --steps choose others`,
    facts: { burst: chosen.built.model.layers[0]?.burst, steps: chosen.built.model.steps },
  });
  return chosen.built;
}

async function attempt<B extends { model: Model }>(
  { burst, steps }: Point,
  built: B,
  data: Calibration,
  count: number,
  report: Report,
): Promise<Trial<B>> {
  const model = pack(built.model);
  const images = data.images.subarray(0, (data.images.length / data.count) * count);
  const traces = await record({ model, images, count });
  const { info } = await openNetwork(model);
  const last = traces.exits - 1;
  const right = Array.from(
    { length: count },
    (_, i) => argmax(evidenceOf(traces, i, traces.steps, last)[last] as Int32Array) === data.labels[i],
  );
  const [sops, ram] = [sopsOf(traces), info.arenaBytes];
  const name = `${burst} ${burst === 1 ? 'spike' : 'spikes'} at most in ${steps === 1 ? '1 step' : `each of ${steps} steps`}`;
  const accuracy = right.filter((r) => r).length / count;
  report({
    stage: 'tried',
    text: `${name}: ${percent([accuracy])} of ${ofImages(accuracy, count)}, ${(sops / 1000).toFixed(0)} k SOPs, ${ram} bytes of RAM`,
    facts: { burst, steps, accuracy, images: count, sops, arena_bytes: ram },
  });
  return { built, right, sops, name };
}

/** Per image. */
function sopsOf({ sops, images }: Traces): number {
  return sops.reduce((n, s) => n + s, 0) / images;
}

function shareOf({ right }: { right: boolean[] }): number {
  return right.filter((r) => r).length;
}

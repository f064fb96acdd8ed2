/** A trained network converted the paper's way, and each choice that may be made otherwise, on test images. */
import { convert } from '../../tools/convert/convert.ts';
import type { ConvertOptions } from '../../tools/convert/options.ts';
import { neededBy } from '../../tools/cost/needed.ts';
import { spikesimPj } from '../../tools/cost/spikesim.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { workCurve } from '../../tools/eval/curves.ts';
import type { Source } from '../../tools/import/source.ts';
import type { Model } from '../../tools/model.ts';
import { record } from '../../tools/run/record.ts';
import { argmax, evidenceOf, type Traces } from '../../tools/run/traces.ts';
import type { Progress } from '../../tools/terminal/progress.ts';
import { tuneAlpha } from '../../tools/tune/alpha.ts';
import { ALPHA_METHODS, type AlphaMethod } from '../../tools/tune/alpha-methods.ts';
import { alphaRows } from '../../tools/tune/knots.ts';
import { decideAll } from '../../tools/tune/stop.ts';
import type { Way } from './reach.ts';

export interface Variant {
  pools: ConvertOptions['poolCeilings'];
  /** The exits alone, earliest first; the last as the authors count it, with the early classifiers. */
  exits: Way[];
  fused: (Way & { method: AlphaMethod })[];
}

/** All choices of `snn convert --paper`, for images that were trained as pixels of 0..1. */
export function paperOptions(name: string, channels: number, steps: number): ConvertOptions {
  return {
    name,
    labels: [],
    method: 'robust',
    percentile: 99.9,
    timing: 'pipelined',
    readout: 'spikes',
    burst: 1,
    steps,
    points: [{ burst: 1, steps }],
    start: 0,
    bits: 8,
    order: 'rgb',
    normalization: {
      mean: new Array<number>(channels).fill(0),
      std: new Array<number>(channels).fill(1),
    },
    poolNeurons: true,
    poolCeilings: 'map',
    force: false,
    findSteps: false,
    narrow: false,
    alpha: 'grid',
    stop: undefined,
    depth: false,
    guard: false,
    chooseSteps: false,
  };
}

export async function measureVariant(
  source: Source,
  options: ConvertOptions,
  train: Dataset,
  test: Dataset,
  progress: Progress,
): Promise<Variant> {
  const { bytes, model } = await convert(source, train, options, () => {});
  const traced = async (what: string, { images, count }: Dataset): Promise<Traces> => {
    let done = 0;
    return record({ model: bytes, images, count }, (n) => {
      done += n;
      progress(`${options.name}, ${options.poolCeilings}, ${what}`, done, count);
    });
  };
  const [tuning, testing] = [await traced('training images', train), await traced('test images', test)];
  const energy = spikesimPj(model);
  const last = model.exits.length - 1;
  const exits = model.exits.map((_, e) => ({
    name: e === last ? 'final exit alone' : `exit ${e + 1} alone`,
    right: rightOfExit(testing, test.labels, e),
    sops: workCurve(testing, neededBy(model, e)),
    stepPj: e === last ? energy.final : (energy.alone[e] as number),
  }));
  const fused = ALPHA_METHODS.map((method) => {
    const links = tuneAlpha(tuning, train.labels, options.burst, method);
    const rows = alphaRows(links, model.steps);
    return {
      method,
      name: `fused, α by ${method}`,
      right: rightFused({ ...model, fusion: { kind: 'beta', rows } }, testing, test.labels),
      sops: workCurve(testing, undefined),
      stepPj: energy.fused,
    };
  });
  return { pools: options.poolCeilings, exits, fused };
}

function rightOfExit(traces: Traces, labels: ArrayLike<number>, exit: number): Uint8Array[] {
  return perStep(
    traces,
    (i, step) => argmax(evidenceOf(traces, i, step, exit)[exit] as Int32Array) === labels[i],
  );
}

function rightFused(model: Model, traces: Traces, labels: ArrayLike<number>): Uint8Array[] {
  const { classes, stages, steps } = decideAll(model, traces);
  return perStep(traces, (i, step) => classes[(i * steps + step) * stages - 1] === labels[i]);
}

function perStep({ images, steps }: Traces, isRight: (image: number, step: number) => boolean): Uint8Array[] {
  return Array.from({ length: steps }, (_, s) =>
    Uint8Array.from({ length: images }, (_, i) => (isRight(i, s + 1) ? 1 : 0)),
  );
}

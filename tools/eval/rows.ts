/** The rows of an evaluation, read from its sums alone. */
import { energyPj } from '../cost/energy.ts';
import { knee, type Row } from './curves.ts';
import { imagesOf, type NetworkFacts, sum, type Tally } from './tally.ts';

export interface CountedRow extends Row {
  /** 95 % interval of the accuracy (Wilson 1927). */
  accuracy_95: [low: number, high: number];
}

export interface Rows {
  /** The first exit alone, the last one alone, all fused, fused and stopped per image. */
  early: CountedRow;
  final: CountedRow;
  fused: CountedRow;
  /** The histogram counts images by [step][exit]. */
  stopped: CountedRow & { histogram: number[][] };
  /** Every exit alone, earliest first. */
  exits: CountedRow[];
}

/** `tally` holds at least one image. */
export function rowsOf(network: NetworkFacts, tally: Tally): Rows {
  const { steps, layers } = network;
  const images = imagesOf(tally);
  const row = (right: number, meanSteps: number, sops: number): CountedRow => ({
    accuracy: right / images,
    accuracy_95: wilson(right, images),
    steps: meanSteps,
    sops: sops / images,
    energy_pj: energyPj(sops / images, network.image_macs),
  });
  const fixed = (right: number[], used: number[]): CountedRow => {
    const s = knee(right.map((r) => r / images));
    const work = Array.from({ length: s + 1 }, (_, t) =>
      sum(used.map((l) => tally.sops[t * layers.length + l] as number)),
    );
    return row(right[s] as number, s + 1, sum(work));
  };
  const exits = network.exits.map((used, e) => fixed(tally.right.slice(e * steps, (e + 1) * steps), used));
  const histogram = Array.from({ length: steps }, (_, s) =>
    tally.stopped.slice(s * exits.length, (s + 1) * exits.length),
  );
  const meanSteps = sum(histogram.map((stopped, s) => (s + 1) * sum(stopped))) / images;
  return {
    early: exits[0] as CountedRow,
    final: exits.at(-1) as CountedRow,
    fused: fixed(
      tally.fused_right,
      layers.map((_, l) => l),
    ),
    stopped: { ...row(sum(tally.stopped_right), meanSteps, sum(tally.stopped_sops)), histogram },
    exits,
  };
}

/** Names and rows as they are printed. */
export function namedRows({ exits, early, final, fused, stopped }: Rows): [string, Row][] {
  // With one exit there is nothing to fuse.
  if (exits.length === 1)
    return [
      ['all steps', final],
      ['stopping per image', stopped],
    ];
  const intermediate: [string, Row][] =
    exits.length === 2
      ? [['intermediate exit only', early]]
      : exits.slice(0, -1).map((row, e) => [`intermediate exit ${e + 1} only`, row]);
  return [
    ...intermediate,
    ['final exit only', final],
    ['fused', fused],
    ['fused, stopping per image', stopped],
  ];
}

/** The 97.5 % point of the normal distribution. */
const Z = 1.959963984540054;

/** 95 % interval of a share of which `right` of `n` were seen. */
export function wilson(right: number, n: number): [low: number, high: number] {
  const p = right / n;
  const centre = p + (Z * Z) / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}

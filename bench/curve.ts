/** Time over the share of neurons that fire: what is fixed, and what an event costs. */
import { type Answer, load } from '../host/node.ts';
import { pack } from '../tools/file/pack.ts';
import { timing } from './rounds.ts';
import { noise, synthetic } from './synthetic.ts';

const RATES = [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
const STEPS = 8;
const IMAGES = 16;
const BURSTS = [2, 4];

export interface CurvePoint {
  rate: number;
  /** Per image. */
  sops: number;
  events: number;
  /** Median milliseconds per image. */
  simd: number;
  mvp: number;
}

/** Warm; all rates in turn, round after round. */
export async function curve(rounds: number): Promise<CurvePoint[]> {
  const points = await Promise.all(
    RATES.map(async (rate) => ({ rate, ...(await timed(await models(rate, 1))) })),
  );
  for (let round = 0; round <= rounds; round++) for (const p of points) p.pass(round > 0);
  return points.map(({ rate, answer, simd, mvp }) => ({
    rate,
    sops: answer.sops,
    events: answer.events,
    simd: timing(simd).median,
    mvp: timing(mvp).median,
  }));
}

/** Milliseconds per million SOPs beyond the silent network's time: SIMD, at 10 % of the neurons firing. */
export interface BurstPrice {
  /** K. */
  most: number;
  spikes_per_event: number;
  price: number;
}

/** What an event costs more if it carries up to K spikes, K = 1 first: a row is added once, whatever its count. */
export async function priceOfBursts(rounds: number): Promise<BurstPrice[]> {
  const all = await Promise.all(
    [1, ...BURSTS].map(async (most) => ({
      most,
      silent: await timed(await models(0, most)),
      busy: await timed(await models(0.1, most)),
    })),
  );
  for (let round = 0; round <= 2 * rounds; round++) {
    for (const { silent, busy } of all) for (const p of [silent, busy]) p.pass(round > 0);
  }
  return all.map(({ most, silent, busy: { simd, answer } }) => ({
    most,
    spikes_per_event: answer.spikes / answer.events,
    price: (timing(simd).median - timing(silent.simd).median) / (answer.sops / 1e6),
  }));
}

interface Timed {
  answer: Answer;
  simd: number[];
  mvp: number[];
  pass(counted: boolean): void;
}

async function models(rate: number, burst: number): Promise<Uint8Array> {
  return pack(await synthetic(rate, burst, STEPS));
}

async function timed(model: Uint8Array): Promise<Timed> {
  const images = noise(IMAGES);
  const engines = { simd: await load(model, { simd: true }), mvp: await load(model, { simd: false }) };
  const times = { simd: [] as number[], mvp: [] as number[] };
  const [first] = images as [Uint8Array];
  return {
    answer: engines.simd.classify(first),
    ...times,
    pass(counted) {
      for (const kind of ['simd', 'mvp'] as const) {
        for (const image of images) {
          const start = performance.now();
          engines[kind].classify(image);
          const ms = performance.now() - start;
          if (counted) times[kind].push(ms);
        }
      }
    },
  };
}

/** Time over the share of neurons that fire: what is fixed, and what an event costs. */
import { type Answer, load } from '../host/node.ts';
import { pack } from '../tools/pack.ts';
import { timing } from './rounds.ts';
import { noise, synthetic } from './synthetic.ts';

const RATES = [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
const STEPS = 8;
const IMAGES = 16;
const BURST = 4;

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

export interface BurstPrice {
  /** Milliseconds per million SOPs beyond the silent network's time: SIMD, at 10 % of the neurons firing. */
  single: number;
  bursts: number;
  spikes_per_event: number;
}

/** What an event costs more if it carries up to four spikes: a row is added once, whatever its count. */
export async function priceOfBursts(rounds: number): Promise<BurstPrice> {
  const of = async (rate: number, burst: number): Promise<Timed> => timed(await models(rate, burst));
  const all = [await of(0, 1), await of(0.1, 1), await of(0, BURST), await of(0.1, BURST)] as const;
  for (let round = 0; round <= 2 * rounds; round++) for (const p of all) p.pass(round > 0);
  const price = (silent: Timed, busy: Timed): number =>
    (timing(busy.simd).median - timing(silent.simd).median) / (busy.answer.sops / 1e6);
  const { answer } = all[3];
  return {
    single: price(all[0], all[1]),
    bursts: price(all[2], all[3]),
    spikes_per_event: answer.spikes / answer.events,
  };
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

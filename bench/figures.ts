/** The project's targets, as ratios within one run. */
import type { Performance, TrialResult } from './result.ts';
import type { Row } from './rounds.ts';

export interface Figure {
  what: string;
  target: string;
  /** In words: the number, or why there is none. */
  result: string;
  met: boolean | undefined;
}

interface Wish {
  what: string;
  least?: number;
  most?: number;
  unit?: string;
  value: number | string;
}

export function figures(run: Performance): Figure[] {
  const trial = (id: string): TrialResult | undefined => run.trials.find((t) => t.id === id);
  /** How many times as fast `fast` is as `slow`, warm medians; means where images stop at different depths. */
  const faster = (
    id: string,
    fast: string,
    slow: string,
    of: 'median' | 'mean' = 'median',
  ): number | string => {
    const t = trial(id);
    if (t === undefined) return 'not in this run';
    if (t.missing !== undefined) return t.missing;
    const [a, b] = [fast, slow].map((name) => t.rows.find((r) => r.id === name)) as (Row | undefined)[];
    const lacking = [a, b].find((row) => row?.warm === undefined);
    if (a?.warm === undefined || b?.warm === undefined) return lacking?.missing ?? 'not measured';
    return b.warm[of] / a.warm[of];
  };
  const against = (id: string, slow: string): number | string => faster(id, 'engine-simd', slow);
  const stopping = (id: string, slow: string): number | string =>
    faster(id, 'engine-simd-stopping', slow, 'mean');
  const wishes: Wish[] = [
    {
      what: '68 M-MAC VGG, T = 8, 10 %: against the plain scatter engine',
      least: 18,
      value: against('synthetic', 'scatter'),
    },
    { what: 'the same against the kernels in C, warm', least: 0.6, value: against('synthetic', 'native') },
    { what: 'the same against snnTorch, batch 1', least: 20, value: against('synthetic', 'snntorch-1') },
    {
      what: 'the same against SpikingJelly, batch 1',
      least: 20,
      value: against('synthetic', 'spikingjelly-1'),
    },
    {
      what: 'the same against ONNX Runtime Web int8',
      least: 2,
      value: against('synthetic', 'onnx-web-int8'),
    },
    ...['vgg68', 'vgg11'].flatMap((id) =>
      (
        [
          [id, 'one step of bursts', against],
          [`${id}-fast`, 'stopping, ≥ 97 % of the accuracy', stopping],
        ] as const
      ).flatMap(([trialId, how, ratio]) =>
        (
          [
            ['onnx-web-int8', 'ONNX Runtime Web int8', 8],
            ['onnx-fp32-1', 'ONNX Runtime native fp32', 2],
            ['onnx-int8-1', 'ONNX Runtime native int8', 1],
          ] as const
        ).map(
          ([peer, name, least]): Wish => ({
            what: `${id}, ${how}: against ${name}`,
            least,
            value: ratio(trialId, peer),
          }),
        ),
      ),
    ),
    {
      what: 'MVP build under V8 against the SIMD build',
      most: 5,
      unit: '× slower',
      value: faster('synthetic', 'engine-simd', 'engine-mvp'),
    },
    ...[2, 4].map((most): Wish => {
      const [single, bursts] = [1, most].map((k) => run.bursts?.find((b) => b.most === k));
      return {
        what: `an event of bursts of up to ${most} against one of single spikes`,
        most: 1.1,
        unit: '× more expensive',
        value: single === undefined || bursts === undefined ? 'not in this run' : bursts.price / single.price,
      };
    }),
    {
      what: 'load to first answer, MNIST, Node',
      most: 15,
      unit: ' ms',
      value: run.start?.median ?? 'not in this run',
    },
    ...[
      ['native', 'native C', 1.6],
      ['wasm2c', 'wasm2c checked', 3],
      ['wasm2c-unchecked', 'wasm2c unchecked', 2],
      ['aot', 'WAMR AOT', 4],
      ['wamr', 'WAMR fast interpreter', 40],
    ].map(([id, name, most]): Wish => {
      const row = run.microcontroller?.find(
        (r) => r.id === id && r.processor === 'Cortex-M4' && r.network === 'synthetic',
      );
      const value = row?.perSop ?? row?.error ?? 'not in this run';
      return { what: `Cortex-M4, ${name}: instructions per SOP`, most: most as number, unit: '', value };
    }),
  ];
  return wishes.map(({ what, least, most, unit = '×', value }) => ({
    what,
    target: least === undefined ? `≤ ${most}${unit}` : `≥ ${least}${unit}`,
    result: typeof value === 'string' ? value : `${Number(value.toPrecision(3))}${unit}`,
    met:
      typeof value === 'string'
        ? undefined
        : least === undefined
          ? value <= (most as number)
          : value >= least,
  }));
}

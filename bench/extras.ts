/** What was measured beside the contest of the runtimes, one table each; what was not is left out. */
import { short } from '../tools/terminal/table.ts';
import { PARTS } from './profile.ts';
import type { Performance, TrialResult } from './result.ts';
import { left, right, type Section } from './section.ts';

type Of<Part extends keyof Performance> = NonNullable<Performance[Part]>;

export function extras(run: Performance): Section[] {
  const all = [
    run.roofline === undefined ? undefined : rooflineSection(run.roofline, run.trials),
    run.profile === undefined ? undefined : profileSection(run.profile),
    run.curve === undefined ? undefined : curveSection(run.curve),
    run.bursts === undefined ? undefined : burstsSection(run.bursts),
    run.start === undefined ? undefined : startSection(run.start),
    run.batch === undefined ? undefined : batchSection(run.batch),
    run.chunks === undefined ? undefined : chunksSection(run.chunks),
    run.microcontroller === undefined || run.microcontroller.length === 0
      ? undefined
      : microcontrollerSection(run.microcontroller),
  ];
  return all.filter((section) => section !== undefined);
}

function rooflineSection(roofline: Of<'roofline'>, trials: TrialResult[]): Section {
  const engine = trials.find((t) => t.id === 'synthetic')?.rows.find((r) => r.id === 'engine-simd');
  const rate = (value: number): string => `${short(1000 * value)}SOP/s`;
  const reached =
    engine?.warm === undefined || engine.sops === undefined ? undefined : engine.sops / engine.warm.median;
  return {
    title: 'Roofline',
    text: 'Rows of 256 channels added to drives, nothing else: the most that the inner loop reaches.',
    columns: [left('loop'), right('rows in the first cache'), right('in the second')],
    rows: [
      ['Wasm SIMD128', rate(roofline.wasm.l1), rate(roofline.wasm.l2)],
      roofline.native === undefined
        ? ['C', '–', roofline.missing ?? '']
        : [`C, ${roofline.native.vectors}`, rate(roofline.native.l1), rate(roofline.native.l2)],
      ...(reached === undefined ? [] : [['the whole engine on the 68 M-MAC VGG', '', rate(reached)]]),
    ],
  };
}

function profileSection(profile: Of<'profile'>): Section {
  return {
    title: 'Profile',
    text: 'Share of the time in the engine, SIMD, warm, all layers run.',
    columns: [left('network'), ...PARTS.map(([name]) => right(name))],
    rows: profile.map((p) => [
      `${p.network}, ${p.spikes}`,
      ...(p.shares?.map((share) => `${(100 * share).toFixed(0)} %`) ?? [p.missing ?? '']),
    ]),
  };
}

function curveSection(curve: Of<'curve'>): Section {
  const base = curve.find((p) => p.rate === 0.1) ?? curve[0];
  return {
    title: 'Time over spike rate',
    text: 'The 68 M-MAC VGG with random weights, T = 8, single spikes, warm. 1 is the SIMD build at 10 %.',
    columns: [right('neurons that fire'), right('M SOPs'), right('SIMD'), right('MVP'), right('MVP ÷ SIMD')],
    rows: curve.map((p) => [
      `${100 * p.rate} %`,
      (p.sops / 1e6).toFixed(1),
      (p.simd / (base?.simd ?? 1)).toFixed(2),
      (p.mvp / (base?.simd ?? 1)).toFixed(2),
      (p.mvp / p.simd).toFixed(1),
    ]),
  };
}

function burstsSection(bursts: Of<'bursts'>): Section {
  return {
    title: 'Bursts',
    text: "Time per SOP beyond the silent network's, 10 % of the neurons firing.",
    columns: [left('events'), right('spikes per event'), right('×')],
    rows: bursts.map((b) => [
      b.most === 1 ? 'single spikes' : `bursts of up to ${b.most}`,
      b.spikes_per_event.toFixed(2),
      (b.price / (bursts[0]?.price ?? 1)).toFixed(2),
    ]),
  };
}

function startSection(start: Of<'start'>): Section {
  return {
    title: 'Start',
    text: 'Node, a new process each: load() of the MNIST model to the first answer, milliseconds.',
    columns: [right('min'), right('median')],
    rows: [[start.min.toFixed(1), start.median.toFixed(1)]],
  };
}

function batchSection(batch: Of<'batch'>): Section {
  return {
    title: 'classifyBatch',
    text: 'MNIST, stopping when sure, images per second against one thread.',
    columns: [right('threads'), right('×')],
    rows: batch.map((b) => [String(b.threads), b.speedup?.toFixed(2) ?? b.missing ?? '']),
  };
}

function chunksSection(chunks: Of<'chunks'>): Section {
  const sizes = chunks[0]?.overshoot.map((o) => o.size) ?? [];
  return {
    title: 'Steps wasted by chunks',
    text: 'Steps run too many if steps were computed in chunks, as a share of those needed.',
    columns: [
      left('network, single spikes'),
      right('mean steps'),
      ...sizes.map((s) => right(`chunks of ${s}`)),
    ],
    rows: chunks.map((c) => [
      c.network,
      c.steps.toFixed(2),
      ...c.overshoot.map((o) => `${(100 * o.share).toFixed(0)} %`),
    ]),
  };
}

function microcontrollerSection(microcontroller: Of<'microcontroller'>): Section {
  return {
    title: 'Instructions on a Cortex-M, emulated',
    text: 'Per synaptic operation, an event’s own cost included, and per neuron and step without events: `bench/mcu/README.md`.',
    columns: [left('processor'), left('runtime'), left('network'), right('per SOP'), right('per neuron')],
    rows: microcontroller.map((r) =>
      r.perSop === undefined
        ? [r.processor, r.runtime, r.network, '–', r.error ?? '']
        : [
            r.processor,
            r.runtime,
            r.network,
            r.perSop.toFixed(2),
            r.fixed === undefined || r.neurons === undefined ? '' : (r.fixed / r.neurons).toFixed(1),
          ],
    ),
  };
}

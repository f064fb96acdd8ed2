/** An engine beside the reference on one image, step by step and neuron by neuron. */
import { isDeepStrictEqual } from 'node:util';
import type { Network } from '../../host/network.ts';
import type { Model } from '../../tools/model.ts';
import { type ReferenceStep, simulate } from '../../tools/reference/simulate.ts';

/** The reference keeps [channel][y][x]; the engine's events are [y][x][channel]. */
function eventsOf(model: Model, step: ReferenceStep, layer: number): Map<number, number> {
  const [channels, height, width] = (model.layers[layer] as Model['layers'][0]).shape;
  const events = new Map<number, number>();
  step.spikes[layer]?.forEach((count, i) => {
    const position = i % (height * width);
    if (count !== 0) events.set(position * channels + Math.floor(i / (height * width)), count);
  });
  return events;
}

/** Where they differ first, in words; undefined where they agree to the bit. */
export function difference(net: Network, model: Model, pixels: Uint8Array): string | undefined {
  let where: string | undefined;
  const same = (what: string, got: unknown, want: unknown): boolean => {
    if (!isDeepStrictEqual(got, want))
      where ??= `${what}: the engine says ${JSON.stringify(got)}, the reference ${JSON.stringify(want)}`;
    return where === undefined;
  };
  const steps = simulate(model, pixels);
  let final: ReferenceStep | undefined;
  for (const got of net.run(pixels, { mayStop: false })) {
    const want: ReferenceStep | undefined = steps.next().value ?? undefined;
    if (want === undefined) return `step ${got.step}: the reference has none`;
    if (want.final >= 0) final ??= want;
    const at = `step ${got.step}`;
    same(
      `${at}, evidence`,
      got.counts.map((c) => [...c]),
      want.evidence,
    );
    same(`${at}, unusual`, got.unusual, want.isUnusual);
    same(`${at}, SOPs`, got.sops, want.sops);
    same(`${at}, comparisons`, got.comparisons, want.comparisons);
    model.layers.forEach((_, l) => {
      const { index, count } = net.layerEvents(l);
      const events = new Map(Array.from(index, (n, k) => [n, count[k] as number]));
      same(`${at}, events of layer ${l}`, sorted(events), sorted(eventsOf(model, want, l)));
    });
    want.decisions.forEach((d, exit) => {
      const { class: winner, margin, posterior } = net.decide(exit);
      const fixed = Array.from(posterior, (p) => p * 65536);
      same(`${at}, exit ${exit}`, { class: winner, margin, posterior: fixed }, d);
    });
    if (where !== undefined) return where;
  }
  if (steps.next().done !== true) return 'the reference has more steps';
  const answer = net.classify(pixels);
  const decided = final?.decisions[final.final];
  same(
    'the answer',
    { class: answer.class, steps: answer.steps, exit: answer.exit, unusual: answer.unusual },
    { class: decided?.class, steps: final?.step, exit: final?.final, unusual: final?.isUnusual },
  );
  return where;
}

function sorted(events: Map<number, number>): [number, number][] {
  return [...events].sort(([a], [b]) => a - b);
}

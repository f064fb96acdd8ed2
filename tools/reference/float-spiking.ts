/** The spiking network in floating point: what its integers are measured against. */
import { type Ann, type FloatNeurons, IMAGE, type Normalization } from '../network.ts';
import { drive, normalize } from './float.ts';

/** Runs an image, u8 [y][x][channel]; yields the evidence of every exit after each step. */
export function* simulateFloat(
  network: Ann,
  pixels: Uint8Array,
  normalization: Normalization,
  neurons: FloatNeurons,
  steps: number,
): Generator<Float64Array[]> {
  const image = normalize(network.input, pixels, normalization);
  const membranes = network.layers.map((_, i) => restingMembrane(network, i, neurons));
  let sent: Float64Array[] = membranes.map((v) => new Float64Array(v.length));
  const tallies = membranes.map((v) => new Float64Array(v.length));
  const hasMax = network.layers.some(isMaxPool);
  const constant = network.layers.map((l) =>
    l.projections.some((s) => s.source === IMAGE) ? drive(network, l, () => image) : undefined,
  );
  for (let step = 0; step < steps; step++) {
    const before = sent;
    sent = [];
    const counted = hasMax && neurons.timing === 'pipelined' ? tallies.map((t) => t.slice()) : tallies;
    network.layers.forEach((layer, i) => {
      const seen = neurons.timing === 'immediate' ? sent : before;
      const sums =
        constant[i] ??
        (isMaxPool(layer)
          ? growth(network, i, neurons, counted, tallies[i] as Float64Array)
          : drive(network, layer, (source) => seen[source] as Float64Array));
      sent.push(fire(network, i, neurons, membranes[i] as Float64Array, sums, tallies[i]));
    });
    yield network.exits.map((e) =>
      Float64Array.from((readsMembrane(network, e, neurons) ? membranes : tallies)[e] as Float64Array),
    );
  }
}

export function isMaxPool({ projections: [first] }: Ann['layers'][0]): boolean {
  return first?.kind === 'max';
}

/** What the largest count in the window of a max pool is ahead of the neuron's own, in real units. */
function growth(
  network: Ann,
  index: number,
  neurons: FloatNeurons,
  counts: Float64Array[],
  own: Float64Array,
): Float64Array {
  const amplitude = neurons.amplitude[index] as Float64Array;
  const most = drive(network, network.layers[index] as Ann['layers'][0], (s) => counts[s] as Float64Array);
  return most.map((count, n) => (count - (own[n] as number)) * (amplitude[n % amplitude.length] as number));
}

/** Membrane potentials of layer `index` before the first step, [y][x][channel]. */
export function restingMembrane(network: Ann, index: number, neurons: FloatNeurons): Float64Array {
  const [channels, height, width] = (network.layers[index] as Ann['layers'][0]).shape;
  const v = new Float64Array(channels * height * width);
  if (readsMembrane(network, index, neurons)) return v;
  const amplitude = neurons.amplitude[index] as Float64Array;
  return v.map((_, n) => (neurons.start[index] as number) * (amplitude[n % channels] as number));
}

/**
 * One step of layer `index`: adds `sums` to the membranes, fires, resets by subtraction.
 * @returns what every neuron sends, in real units; `tally` counts the spikes
 */
export function fire(
  network: Ann,
  index: number,
  neurons: FloatNeurons,
  v: Float64Array,
  sums: Float64Array,
  tally?: Float64Array,
): Float64Array {
  const out = new Float64Array(v.length);
  const isRead = readsMembrane(network, index, neurons);
  const amplitude = neurons.amplitude[index] as Float64Array;
  const burst = neurons.burst[index] as number;
  const slope = neurons.slope[index];
  for (let n = 0; n < v.length; n++) {
    const now = (v[n] as number) + (sums[n] as number);
    v[n] = now;
    if (isRead) continue;
    const value = amplitude[n % amplitude.length] as number;
    let fired = 0;
    if (now >= value) fired = Math.min(burst, Math.floor(now / value));
    else if (slope !== undefined && now <= -value / slope)
      fired = -Math.min(burst, Math.floor((-now * slope) / value));
    if (fired === 0) continue;
    v[n] = now - (fired > 0 ? fired * value : (fired * value) / (slope as number));
    out[n] = fired * value;
    if (tally !== undefined) tally[n] = (tally[n] as number) + fired;
  }
  return out;
}

function readsMembrane(network: Ann, layer: number, neurons: FloatNeurons): boolean {
  return neurons.readout === 'membrane' && network.exits.includes(layer);
}

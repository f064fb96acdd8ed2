/**
 * The `light` calibration of an ordinary ReLU network, after Li et al. ("A Free Lunch From ANN", ICML 2021): thresholds
 * by least squared error (thresholds.ts), half a threshold to start with (Bu et al., ICLR 2022), and here the bias
 * correction. It runs the spikes themselves, layer by layer, so that uneven arrival is corrected as well as rounding.
 */
import { type Ann, type FloatNeurons, IMAGE, isPool, type Layer, type Normalization } from '../network.ts';
import { drive, normalize } from '../reference/float.ts';
import { fire, isMaxPool, restingMembrane } from '../reference/float-spiking.ts';
import { type Activations, channelValues, neuronValues } from './thresholds.ts';

/** The response to a shifted bias is no straight line: shift, look, shift again. */
const ROUNDS = 4;

/**
 * Shifts every channel's bias so that its mean output over `steps` steps is the ANN's; source layers come first, so
 * each sees its sources as corrected. `images` are u8 [y][x][channel], the first ones of those that `activations` saw.
 * @returns the network with new biases; the old one stays as it is
 */
export function correctBiases(
  network: Ann,
  neurons: FloatNeurons,
  images: Uint8Array[],
  normalization: Normalization,
  activations: Activations,
  steps: number,
): Ann {
  const layers = [...network.layers];
  const corrected: Ann = { ...network, layers };
  const pixels = images.map((image) => normalize(network.input, image, normalization));
  /** [layer][image][step] what its neurons send. */
  const sent: Float64Array[][][] = [];
  network.layers.forEach((layer, i) => {
    const drives = images.map((_, n) =>
      steppedDrives(corrected, layer, steps, (source, t) =>
        source === IMAGE ? (pixels[n] as Float64Array) : (sent[source]?.[n]?.[t] as Float64Array),
      ),
    );
    const respond = (shift: Float64Array): Float64Array[][] =>
      drives.map((perStep) => run(network, i, neurons, perStep, shift));
    const shift = new Float64Array(layer.shape[0]);
    // Nothing is trained into a mean of its sources.
    const fixed = isPool(layer.projections[0]);
    const rectified = network.exits.includes(i) && neurons.readout === 'spikes';
    const wanted = fixed ? undefined : channelMeans(network, i, activations, images.length, rectified);
    let trains = respond(shift);
    for (let round = 0; wanted !== undefined && round < ROUNDS; round++) {
      const means = trainMeans(trains, layer.shape[0]);
      wanted.forEach((mean, c) => {
        shift[c] = (shift[c] as number) + mean - (means[c] as number);
      });
      trains = respond(shift);
    }
    layers[i] = { ...layer, bias: layer.bias.map((b, c) => b + (shift[c] as number)) };
    sent.push(trains);
  });
  return corrected;
}

/** bias + Σ w·input of every step; the image's layer sees the same in each. */
function steppedDrives(
  network: Ann,
  layer: Layer,
  steps: number,
  input: (source: number, step: number) => Float64Array,
): Float64Array[] {
  if (isMaxPool(layer)) return growing(network, layer, steps, input);
  const constant = layer.projections.some((s) => s.source === IMAGE);
  const first = drive(network, layer, (source) => input(source, 0));
  return Array.from({ length: steps }, (_, t) =>
    t === 0 || constant ? first : drive(network, layer, (source) => input(source, t)),
  );
}

/** Of a max pool: what the largest sum of all that was sent so far has grown by. */
function growing(
  network: Ann,
  layer: Layer,
  steps: number,
  input: (source: number, step: number) => Float64Array,
): Float64Array[] {
  const drives: Float64Array[] = [];
  let sent: Float64Array = new Float64Array(0);
  let most: Float64Array = sent;
  for (let t = 0; t < steps; t++) {
    const now = drive(network, layer, (source) => {
      sent = input(source, t).map((x, n) => x + (sent[n] ?? 0));
      return sent;
    });
    drives.push(now.map((x, n) => x - (most[n] ?? 0)));
    most = now;
  }
  return drives;
}

/** Immediate timing whatever the model's: a delay does not change a layer's mean. */
function run(
  network: Ann,
  index: number,
  neurons: FloatNeurons,
  drives: Float64Array[],
  shift: Float64Array,
): Float64Array[] {
  const v = restingMembrane(network, index, neurons);
  const isMembrane = neurons.readout === 'membrane' && network.exits.includes(index);
  return drives.map((sums) => {
    const shifted = sums.map((x, n) => x + (shift[n % shift.length] as number));
    return isMembrane ? shifted : fire(network, index, neurons, v, shifted);
  });
}

/** `rectified`: what a classifier of spikes can tell of logits, never less than nothing. */
function channelMeans(
  network: Ann,
  i: number,
  activations: Activations,
  images: number,
  rectified: boolean,
): Float64Array {
  const values = neuronValues(network, i, activations);
  const { shape } = network.layers[i] as Layer;
  const [channels, height, width] = shape;
  const few = values.subarray(0, images * channels * height * width);
  return Float64Array.from({ length: channels }, (_, c) => {
    const own = channelValues(few, channels, height * width, c);
    return own.reduce((a, b) => a + (rectified ? Math.max(b, 0) : b), 0) / own.length;
  });
}

function trainMeans(trains: Float64Array[][], channels: number): Float64Array {
  const sums = new Float64Array(channels);
  let count = 0;
  for (const perStep of trains) {
    for (const out of perStep) {
      out.forEach((x, n) => {
        sums[n % channels] = (sums[n % channels] as number) + x;
      });
      count += out.length / channels;
    }
  }
  return sums.map((s) => s / count);
}

/** Whether our network is the one that was trained: every layer computed from its sources as the float runtime has them. */
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import { type Ann, IMAGE, type Layer, type Normalization } from '../network.ts';
import { activate, drive, normalize } from '../reference/float.ts';
import { Failure } from '../terminal/failure.ts';
import { type Calibration, imageOf } from './calibration.ts';
import { type Activations, neuronValues } from './thresholds.ts';

/** Of the largest sum of a layer: a thousand times what float32 loses in it. */
const ROUNDING = 1e-3;
/** Share of a staircase's values that may lie so near to a step that rounding decides. */
const NEAR_STEPS = 0.02;

/**
 * Layer by layer, because a step that falls to the other side changes everything behind it.
 * @throws Failure naming the first layer that computes something else
 */
export function compareLayers(
  network: Ann,
  data: Calibration,
  activations: Activations,
  images: number,
  normalization: Normalization,
  file: string,
): void {
  const values = network.layers.map((_, i) => neuronValues(network, i, activations));
  network.layers.forEach((layer, i) => {
    if (layer.projections[0]?.kind === 'pool') return;
    const [channels, height, width] = layer.shape;
    let [off, worst, scale] = [0, 0, 0];
    for (let n = 0; n < images; n++) {
      const image = normalize(network.input, imageOf(data, n), normalization);
      const sums = drive(network, layer, (source) =>
        source === IMAGE
          ? image
          : ofImage(network.layers[source] as Layer, values[source] as Float32Array, n),
      );
      const theirs = ofImage(layer, values[i] as Float32Array, n);
      scale = sums.reduce((most, x) => Math.max(most, Math.abs(x)), scale);
      sums.forEach((x, at) => {
        const difference = Math.abs(activate(layer.activation, x) - (theirs[at] as number));
        if (difference > ROUNDING * scale) off++;
        worst = Math.max(worst, difference);
      });
    }
    const allowed = layer.activation.kind === 'qcfs' ? NEAR_STEPS * images * channels * height * width : 0;
    if (off > allowed)
      throw new Failure(
        EXIT_MODEL,
        `${file}: node "${layer.name}": folded it differs from ONNX Runtime by ${worst.toPrecision(2)} of ${scale.toPrecision(2)}; this is a fault of snn, please report the file`,
      );
  });
}

/** [n][channel][y][x] → [y][x][channel] of one image. */
function ofImage(
  { shape: [channels, height, width], projections }: Layer,
  values: Float32Array,
  n: number,
): Float64Array {
  const positions = projections[0]?.kind === 'pool' ? 1 : height * width;
  const from = n * channels * positions;
  return Float64Array.from(
    { length: channels * positions },
    (_, at) => values[from + (at % channels) * positions + Math.floor(at / channels)] as number,
  );
}

/**
 * A chain of convolutions with a pooled last layer as an ordinary ANN of 8 bits: weights and thresholds of the model, one
 * pass. As `counts` its activations are the 0..K of a step, else 0..127 for 0..K. Exits before the last are left out.
 */
const RECORD = 64;
const HEAD = 32;
const ONE = 2 ** 24;
const MOST = 127;

/** The layers as plain numbers; what reference() and twinFile() have in common. */
export function twinOf(model, counts) {
  const chain = [];
  for (let i = model.layers.length - 1; i >= 0; i = model.layers[i].projections[0].source) chain.unshift(i);
  const last = model.layers[chain.pop()];
  const layers = chain.map((index, i) => {
    const layer = model.layers[index];
    const [{ kernel, stride, padding, kind, groups, source, weights }] = layer.projections;
    const input = source < 0 ? model.input : model.layers[source].shape;
    const square = [kernel, stride, padding].every(([a, b]) => a === b);
    if (kind !== 'conv' || groups !== 1 || !square || layer.negative || (i > 0 && input[0] % 4 !== 0))
      throw new Error(`layer ${index} is none of the dense twin`);
    return {
      shape: layer.shape,
      input,
      kernel: kernel[0],
      stride: stride[0],
      padding: padding[0],
      weights,
      ...scales(layer, i === 0, counts),
    };
  });
  const positions = last.projections[0].kernel[0] * last.projections[0].kernel[1];
  const scale = counts ? 1 : MOST / model.layers[chain.at(-1)].burst;
  return {
    counts,
    pixels: model.padding,
    layers,
    positions,
    classes: last.shape[0],
    weights: last.projections[0].weights,
    bias: [...last.bias].map((b, c) => Math.round((b + last.start[c]) * scale)),
  };
}

/** activation = (clip((sum + bias >> shift) + start, 0, most) · factor) >> 24 */
function scales({ bias, start, threshold, shift, burst }, isFirst, counts) {
  const channels = [...threshold.keys()];
  if (counts) {
    const wrong = (t) =>
      range(burst * t + 1).some((n) => divided(n, Math.ceil(ONE / t)) !== Math.floor(n / t));
    if (burst > 4 || threshold.some(wrong))
      throw new Error('counts or thresholds too large for exact division');
    return {
      shift,
      // The engine rounds the image's input to the nearest.
      bias: channels.map((c) => bias[c] + (shift > 0 ? 2 ** (shift - 1) : 0)),
      start: [...start],
      most: channels.map((c) => burst * threshold[c]),
      factor: channels.map((c) => Math.ceil(ONE / threshold[c])),
    };
  }
  // Units of the sum to an activation of 127 for K spikes; behind the first layer the sum has that scale already.
  const unit = (c) => (isFirst ? (burst * threshold[c] * 2 ** shift) / MOST : threshold[c]);
  const scale = isFirst ? 1 : MOST / burst;
  return {
    shift: 0,
    bias: channels.map((c) => Math.round(bias[c] * scale + unit(c) / 2)),
    start: channels.map(() => 0),
    most: channels.map((c) => Math.floor(MOST * unit(c))),
    factor: channels.map((c) => Math.ceil(ONE / unit(c))),
  };
}

const range = (n) => Array.from({ length: n }, (_, i) => i);
const divided = (n, factor) => Math.floor((n * factor) / ONE);

/** What kernel.c and dense-scalar.ts read, and where the image goes. */
export function twinFile(twin) {
  const parts = [];
  let at = HEAD + RECORD * (twin.layers.length + 1);
  const place = (bytes) => {
    const here = at;
    parts.push([here, bytes]);
    at = (at + bytes.length + 15) & ~15;
    return here;
  };
  const words = (numbers) => new Uint8Array(Int32Array.from(numbers).buffer);
  const records = twin.layers.map((layer, i) => {
    const [channels, height, width] = layer.shape;
    const [inputs, inHeight, inWidth] = layer.input;
    const { bias, start, most, factor } = layer;
    const weights = place(i === 0 ? quads(layer) : paired(layer));
    const parameters = place(words(bias.flatMap((b, c) => [b, start[c], most[c], factor[c]])));
    const geometry = [channels, inputs, inHeight, inWidth, width, height * width];
    const { kernel, stride, padding, shift } = layer;
    const pixels = i === 0 ? place(Uint8Array.from(twin.pixels)) : 0;
    return [...geometry, kernel, stride, padding, shift, weights, parameters, pixels, twin.counts ? 1 : 0];
  });
  const inputs = twin.layers.at(-1).shape[0];
  const weights = place(new Uint8Array(twin.weights));
  const parameters = place(words(twin.bias));
  records.push([twin.classes, inputs, 0, 0, 0, twin.positions, 0, 0, 0, 0, weights, parameters, 0, 0]);
  const bytes = at;
  const room = (size) => {
    const here = at;
    at = (at + size + 15) & ~15;
    return here;
  };
  const row = room(2 * Math.max(...twin.layers.map(({ kernel, input }) => kernel ** 2 * input[0])));
  const sizeOf = (parity) =>
    Math.max(...twin.layers.filter((_, i) => i % 2 === parity).map(({ shape: [c, h, w] }) => c * h * w));
  const head = [twin.layers.length, twin.classes, row, room(sizeOf(0)), room(sizeOf(1))];
  head.push(room(4 * inputs), room(4 * twin.classes));
  const file = new Uint8Array(bytes);
  file.set(words(head), 0);
  for (const [i, record] of records.entries()) file.set(words(record), HEAD + RECORD * i);
  for (const [to, part] of parts) file.set(part, to);
  const [channels, height, width] = twin.layers[0].input;
  const image = room(channels * height * width);
  return { file, image, imageBytes: channels * height * width, end: at };
}

/** [two outputs][four inputs], biased by 128; within a word, the order in which a product adds inputs 0 and 2, 1 and 3. */
function paired({ weights, shape: [channels], input: [inputs], kernel }) {
  const rows = kernel * kernel * inputs;
  const out = [];
  for (let c = 0; c < channels; c += 2)
    for (let r = 0; r < rows; r += 4)
      for (const channel of [c, c + 1])
        for (const k of [2, 3, 0, 1]) out.push(weights[(r + k) * channels + channel] + 128);
  return Uint8Array.from(out);
}

/** [four outputs][tap and input][output], for the layer that sees the image. */
function quads({ weights, shape: [channels] }) {
  const out = [];
  for (let c = 0; c < channels; c += 4)
    for (let r = 0; r < weights.length; r += channels) out.push(...weights.subarray(r + c, r + c + 4));
  return Uint8Array.from(out);
}

/** Its sums, by the plainest loops: what the kernels must give. `image` as [y][x][channel]. */
export function reference(twin, image) {
  let map = image;
  twin.layers.forEach(({ shape, input, kernel, stride, padding, weights, ...layer }, i) => {
    const [channels, height, width] = shape;
    const [inputs, inHeight, inWidth] = input;
    const out = new Uint8Array(channels * height * width);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let ky = 0; ky < kernel; ky++)
            for (let kx = 0; kx < kernel; kx++)
              for (let k = 0; k < inputs; k++) {
                const [fromY, fromX] = [y * stride + ky - padding, x * stride + kx - padding];
                const inside = fromY >= 0 && fromY < inHeight && fromX >= 0 && fromX < inWidth;
                const outside = i === 0 ? twin.pixels[k] : 0;
                const value = inside ? map[(fromY * inWidth + fromX) * inputs + k] : outside;
                sum += value * weights[((ky * kernel + kx) * inputs + k) * channels + c];
              }
          const value = ((sum + layer.bias[c]) >> layer.shift) + layer.start[c];
          const clipped = Math.max(0, Math.min(value, layer.most[c]));
          out[(y * width + x) * channels + c] = divided(clipped, layer.factor[c]);
        }
    map = out;
  });
  return twin.bias.map((b, c) => {
    let sum = b;
    for (let p = 0; p < map.length; p++)
      sum += map[p] * twin.weights[(p % (map.length / twin.positions)) * twin.classes + c];
    return sum;
  });
}

/** Pixels of one place beside each other, as the twin wants them. */
export function channelsLast(image, [channels, height, width]) {
  return Uint8Array.from(image, (_, i) => image[(i % channels) * height * width + Math.floor(i / channels)]);
}

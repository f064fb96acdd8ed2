/**
 * The same network as an ordinary int8 ANN in SIMD128: activations are counts 0..K, all multiplied, one pass. Two source
 * channels to an i32x4.dot_i16x8_s, two positions to a load of weights. It gives a burst network's answer of one step.
 */
import {
  BIAS,
  BURST,
  CHANNELS,
  FIRES,
  FLAT_LAYERS,
  get,
  HEIGHT,
  IN_HEIGHT,
  IN_WIDTH,
  INPUTS,
  inputOf,
  KERNEL,
  layerOf,
  PADDING,
  POOLED,
  SOURCE,
  START,
  STRIDE,
  THRESHOLD,
  WEIGHTS,
  WIDTH,
} from './flat';

export { __heap_base };

// Per layer: weights i8 [tap][pair of inputs][output][2]; output counts i16 [y][x][channel], a border of zeros around.
const ROWS: usize = 0;
const OUT: usize = 4;
const STATE_BYTES: i32 = 8;

/** Room for the answer, behind the records. */
const MOST_CLASSES: i32 = 1000;
/** Border around the image and every map. */
const BORDER: i32 = 1;

/** Lays the arena out and pairs the weights; returns the first byte behind. Layers but the last feed another one. */
export function prepare(flat: usize, arena: usize): usize {
  const layers = load<i32>(flat + FLAT_LAYERS);
  const first = layerOf(flat, 0);
  let at = arena + (layers + 1) * STATE_BYTES + 4 * MOST_CLASSES;
  store<usize>(arena + layers * STATE_BYTES + OUT, at);
  at = clear(at, paired(get(first, INPUTS)), get(first, IN_HEIGHT), get(first, IN_WIDTH));
  for (let i = 0; i < layers; i++) {
    const layer = layerOf(flat, i);
    const state = arena + i * STATE_BYTES;
    store<usize>(state + OUT, at);
    at = clear(at, paired(get(layer, CHANNELS)), get(layer, HEIGHT), get(layer, WIDTH));
    store<usize>(state + ROWS, at);
    at = pairRows(layer, flat + get(layer, WEIGHTS), at);
  }
  return at;
}

function paired(channels: i32): i32 {
  return (channels + 1) & ~1;
}

function clear(at: usize, channels: i32, height: i32, width: i32): usize {
  const bytes: usize = (channels * (height + 2 * BORDER) * (width + 2 * BORDER)) << 1;
  memory.fill(at, 0, bytes);
  return (at + bytes + 63) & ~63;
}

function pairRows(layer: usize, from: usize, to: usize): usize {
  const channels = get(layer, CHANNELS);
  const inputs = get(layer, INPUTS);
  const taps = get(layer, KERNEL) * get(layer, KERNEL);
  const blocks = (channels + 15) & ~15;
  for (let t = 0; t < taps; t++) {
    for (let k = 0; k < inputs; k += 2) {
      for (let c = 0; c < blocks; c++, to += 2) {
        store<i8>(to, c < channels ? load<i8>(from + (t * inputs + k) * channels + c) : 0);
        const second = c < channels && k + 1 < inputs;
        store<i8>(to + 1, second ? load<i8>(from + (t * inputs + k + 1) * channels + c) : 0);
      }
    }
  }
  return (to + 63) & ~63;
}

/** One pass for an image; returns the last layer's sums, i32. Exits before the last are left out. */
export function run(flat: usize, arena: usize, image: usize): usize {
  const layers = load<i32>(flat + FLAT_LAYERS);
  const first = layerOf(flat, 0);
  const input = arena + layers * STATE_BYTES;
  putImage(first, load<usize>(input + OUT), image);
  for (let i = 0; i < layers - 1; i++) {
    const layer = layerOf(flat, i);
    if (get(layer, POOLED)) continue;
    const source = get(layer, SOURCE);
    const from = source < 0 ? input : arena + source * STATE_BYTES;
    convolve(layer, flat, arena + i * STATE_BYTES, load<usize>(from + OUT));
  }
  const last = layerOf(flat, layers - 1);
  return classify(last, flat, load<usize>(arena + get(last, SOURCE) * STATE_BYTES + OUT), input);
}

function putImage(layer: usize, to: usize, image: usize): void {
  const inputs = get(layer, INPUTS);
  const width = get(layer, IN_WIDTH);
  const step = paired(inputs);
  for (let y = 0; y < get(layer, IN_HEIGHT); y++) {
    for (let x = 0; x < width; x++) {
      const at = to + ((((y + BORDER) * (width + 2 * BORDER) + x + BORDER) * step) << 1);
      for (let k = 0; k < inputs; k++) store<i16>(at + (k << 1), load<u8>(image++));
    }
  }
}

function convolve(layer: usize, flat: usize, state: usize, input: usize): void {
  const channels = get(layer, CHANNELS);
  const width = get(layer, WIDTH);
  const step: usize = paired(get(layer, INPUTS)) << 1;
  const across: usize = (get(layer, IN_WIDTH) + 2 * BORDER) * step;
  const down: usize = (width + 2 * BORDER) * (paired(channels) << 1);
  const stride = get(layer, STRIDE);
  const inset = BORDER - get(layer, PADDING);
  const out = load<usize>(state + OUT) + BORDER * down + BORDER * (paired(channels) << 1);
  for (let y = 0; y < get(layer, HEIGHT); y++) {
    for (let x = 0; x < width; x += 2) {
      const from = input + (y * stride + inset) * across + (x * stride + inset) * step;
      const to = out + y * down + x * (paired(channels) << 1);
      // A width that is odd ends on a position twice.
      const next: usize = x + 1 < width ? stride * step : 0;
      for (let c = 0; c < channels; c += 16) {
        block(layer, flat, load<usize>(state + ROWS), from, next, step, across, to, c);
      }
    }
  }
}

/** 16 outputs of two positions. */
function block(
  layer: usize,
  flat: usize,
  rows: usize,
  from: usize,
  next: usize,
  step: usize,
  across: usize,
  to: usize,
  c: i32,
): void {
  const channels = get(layer, CHANNELS);
  const kernel = get(layer, KERNEL);
  const blocks: usize = ((channels + 15) & ~15) << 1;
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let row = rows + (c << 1);
  for (let ky = 0; ky < kernel; ky++) {
    // One row of the window is one range of the map.
    let p = from + ky * across;
    const end = p + kernel * step;
    for (; p < end; p += 4, row += blocks) {
      const x = v128.load32_splat(p);
      const z = v128.load32_splat(p + next);
      const low = v128.load(row);
      const high = v128.load(row, 16);
      let w = i16x8.extend_low_i8x16_s(low);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(w, x));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(w, z));
      w = i16x8.extend_high_i8x16_s(low);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(w, x));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(w, z));
      w = i16x8.extend_low_i8x16_s(high);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(w, x));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(w, z));
      w = i16x8.extend_high_i8x16_s(high);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(w, x));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(w, z));
    }
  }
  const gap: usize = next === 0 ? 0 : paired(channels) << 1;
  for (let half = 0; half < 2; half++) {
    put(layer, flat, to, c, a0);
    put(layer, flat, to, c + 4, a1);
    put(layer, flat, to, c + 8, a2);
    put(layer, flat, to, c + 12, a3);
    to += gap;
    a0 = b0;
    a1 = b1;
    a2 = b2;
    a3 = b3;
  }
}

/** Sums of four outputs into counts: min(K, ⌊(start + sum + bias)/θ⌋), none below zero. */
function put(layer: usize, flat: usize, to: usize, c: i32, sum: v128): void {
  if (c >= get(layer, CHANNELS)) return;
  sum = i32x4.add(sum, v128.load(flat + get(layer, BIAS) + (c << 2)));
  if (get(layer, SOURCE) < 0) {
    sum = i32x4(
      inputOf(layer, i32x4.extract_lane(sum, 0)),
      inputOf(layer, i32x4.extract_lane(sum, 1)),
      inputOf(layer, i32x4.extract_lane(sum, 2)),
      inputOf(layer, i32x4.extract_lane(sum, 3)),
    );
  }
  sum = i32x4.add(sum, v128.load(flat + get(layer, START) + (c << 2)));
  const threshold = v128.load(flat + get(layer, THRESHOLD) + (c << 2));
  let count = i32x4.splat(0);
  for (let k = get(layer, FIRES) ? get(layer, BURST) : 0; k > 0; k--) {
    const fired = i32x4.ge_s(sum, threshold);
    count = i32x4.sub(count, fired);
    sum = i32x4.sub(sum, threshold);
  }
  v128.store64_lane(to + (c << 1), i16x8.narrow_i32x4_s(count, count), 0);
}

/** Global sum of every channel, then the classifier. */
function classify(layer: usize, flat: usize, map: usize, answer: usize): usize {
  const inputs = get(layer, INPUTS);
  const height = get(layer, IN_HEIGHT);
  const width = get(layer, IN_WIDTH);
  const channels = get(layer, CHANNELS);
  const sums = answer + STATE_BYTES;
  for (let c = 0; c < channels; c++) {
    const at = sums + (c << 2);
    store<i32>(
      at,
      load<i32>(flat + get(layer, START) + (c << 2)) + load<i32>(flat + get(layer, BIAS) + (c << 2)),
    );
  }
  for (let k = 0; k < inputs; k++) {
    let sum = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        sum += load<i16>(
          map + ((((y + BORDER) * (width + 2 * BORDER) + x + BORDER) * paired(inputs) + k) << 1),
        );
      }
    }
    if (sum === 0) continue;
    const row = flat + get(layer, WEIGHTS) + k * channels;
    for (let c = 0; c < channels; c++) {
      const at = sums + (c << 2);
      store<i32>(at, load<i32>(at) + sum * load<i8>(row + c));
    }
  }
  return sums;
}

/** The obvious engine, to measure against: every event adds its row to each target, scalar, 32-bit membranes. */
import {
  BIAS,
  BURST,
  CHANNELS,
  FIRES,
  FLAT_LAYERS,
  FLAT_STEPS,
  FLOOR,
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

// Per layer in the arena: membranes, drives, the image's input, events (place, count), their number.
const MEMBRANES: usize = 0;
const DRIVES: usize = 4;
const CURRENT: usize = 8;
const EVENTS: usize = 12;
const COUNT: usize = 16;
const STATE_BYTES: i32 = 20;

/** Lays the arena out; returns the first byte behind it. */
export function prepare(flat: usize, arena: usize): usize {
  const layers = load<i32>(flat + FLAT_LAYERS);
  let at = arena + layers * STATE_BYTES;
  for (let i = 0; i < layers; i++) {
    const layer = layerOf(flat, i);
    const state = arena + i * STATE_BYTES;
    const bytes: usize = neurons(layer) << 2;
    store<usize>(state + MEMBRANES, at);
    store<usize>(state + DRIVES, at + bytes);
    store<usize>(state + CURRENT, at + 2 * bytes);
    store<usize>(state + EVENTS, at + 3 * bytes);
    at += 5 * bytes;
  }
  return at;
}

/** All steps for an image, u8 [height][width][channel]; returns the evidence of the last layer, i32. */
export function run(flat: usize, arena: usize, image: usize): usize {
  const layers = load<i32>(flat + FLAT_LAYERS);
  for (let i = 0; i < layers; i++) reset(layerOf(flat, i), arena + i * STATE_BYTES, flat, image);
  for (let t = load<i32>(flat + FLAT_STEPS); t > 0; t--) {
    for (let i = 0; i < layers; i++) step(flat, arena, i);
  }
  return load<usize>(arena + (layers - 1) * STATE_BYTES + MEMBRANES);
}

function neurons(layer: usize): i32 {
  return get(layer, CHANNELS) * get(layer, HEIGHT) * get(layer, WIDTH);
}

function reset(layer: usize, state: usize, flat: usize, image: usize): void {
  fill(load<usize>(state + MEMBRANES), flat + get(layer, START), layer);
  if (get(layer, SOURCE) >= 0) return;
  const current = load<usize>(state + CURRENT);
  fill(current, flat + get(layer, BIAS), layer);
  const inputs = get(layer, INPUTS);
  for (let p = 0; p < get(layer, IN_HEIGHT) * get(layer, IN_WIDTH); p++) {
    for (let k = 0; k < inputs; k++) {
      const pixel: i32 = load<u8>(image + p * inputs + k);
      if (pixel !== 0) scatter(layer, flat, current, p, k, pixel);
    }
  }
  for (let i = 0; i < neurons(layer); i++) {
    const at = current + (i << 2);
    store<i32>(at, inputOf(layer, load<i32>(at)));
  }
}

/** The same row of channels at every position. */
function fill(to: usize, row: usize, layer: usize): void {
  const channels = get(layer, CHANNELS);
  for (let p = get(layer, HEIGHT) * get(layer, WIDTH); p > 0; p--) {
    for (let c = 0; c < channels; c++, to += 4) store<i32>(to, load<i32>(row + (c << 2)));
  }
}

/** Adds count · row of source channel `k` at position `p` to all targets. */
function scatter(layer: usize, flat: usize, drives: usize, p: i32, k: i32, count: i32): void {
  const channels = get(layer, CHANNELS);
  const weights = flat + get(layer, WEIGHTS) + k * channels;
  if (get(layer, POOLED)) {
    addRow(drives, weights, channels, count);
    return;
  }
  const kernel = get(layer, KERNEL);
  const stride = get(layer, STRIDE);
  const width = get(layer, WIDTH);
  const taps = get(layer, INPUTS) * channels;
  const y = p / get(layer, IN_WIDTH) + get(layer, PADDING);
  const x = (p % get(layer, IN_WIDTH)) + get(layer, PADDING);
  for (let ky = 0; ky < kernel; ky++) {
    const oy = (y - ky) / stride;
    if (y < ky || oy >= get(layer, HEIGHT) || oy * stride !== y - ky) continue;
    for (let kx = 0; kx < kernel; kx++) {
      const ox = (x - kx) / stride;
      if (x < kx || ox >= width || ox * stride !== x - kx) continue;
      addRow(
        drives + (((oy * width + ox) * channels) << 2),
        weights + (ky * kernel + kx) * taps,
        channels,
        count,
      );
    }
  }
}

function addRow(to: usize, row: usize, channels: i32, count: i32): void {
  for (let c = 0; c < channels; c++, to += 4) store<i32>(to, load<i32>(to) + count * load<i8>(row + c));
}

function step(flat: usize, arena: usize, index: i32): void {
  const layer = layerOf(flat, index);
  const state = arena + index * STATE_BYTES;
  const source = get(layer, SOURCE);
  let drives = load<usize>(state + CURRENT);
  if (source >= 0) {
    drives = load<usize>(state + DRIVES);
    fill(drives, flat + get(layer, BIAS), layer);
    const from = arena + source * STATE_BYTES;
    const inputs = get(layer, INPUTS);
    let event = load<usize>(from + EVENTS);
    for (let i = load<i32>(from + COUNT); i > 0; i--, event += 8) {
      const place = load<i32>(event);
      scatter(layer, flat, drives, place / inputs, place % inputs, load<i32>(event + 4));
    }
  }
  fire(layer, flat, state, drives);
}

function fire(layer: usize, flat: usize, state: usize, drives: usize): void {
  const channels = get(layer, CHANNELS);
  const burst = get(layer, FIRES) ? get(layer, BURST) : 0;
  const floor = get(layer, FLOOR);
  const thresholds = flat + get(layer, THRESHOLD);
  const membranes = load<usize>(state + MEMBRANES);
  let event = load<usize>(state + EVENTS);
  const first = event;
  for (let i = 0, c = 0; i < neurons(layer); i++) {
    let v = load<i32>(membranes + (i << 2)) + load<i32>(drives + (i << 2));
    const threshold = load<i32>(thresholds + (c << 2));
    let count = 0;
    for (; count < burst && v >= threshold; count++) v -= threshold;
    store<i32>(membranes + (i << 2), max(v, floor));
    if (count > 0) {
      store<i32>(event, i);
      store<i32>(event + 4, count);
      event += 8;
    }
    if (++c === channels) c = 0;
  }
  store<i32>(state + COUNT, <i32>((event - first) >> 3));
}

/**
 * The same network as an ordinary int8 ANN without SIMD, for microcontrollers: im2row, then two positions by two outputs at a
 * time, four inputs to a word. `bench/mcu/dense/twin.mjs` writes what it reads, `kernel.c` beside it is the same in C.
 *
 * One multiplication gives two products, added: (w0 + w1·2¹⁶)·(a1 + a0·2¹⁶) has w0·a0 + w1·a1 in its upper half.
 * Weights are biased by 128 for that, and activations are 0..127, so that nothing is carried into it.
 */
const LANES: u32 = 0x00ff00ff;
const BIAS: i32 = 128;
/** Products of 255 and a count of at most 4 that a lane holds: 16 words. */
const FLUSH_BYTES: usize = 16 * 8;

const RECORD: usize = 64;
const CHANNELS: usize = 0;
const INPUTS: usize = 4;
const IN_HEIGHT: usize = 8;
const IN_WIDTH: usize = 12;
const WIDTH: usize = 16;
const POSITIONS: usize = 20;
const KERNEL: usize = 24;
const STRIDE: usize = 28;
const PADDING: usize = 32;
const SHIFT: usize = 36;
const WEIGHTS: usize = 40;
const PARAMETERS: usize = 44;
const PIXELS: usize = 48;
const COUNTS: usize = 52;

const HEAD: usize = 32;
const ROW: usize = 8;
const MAPS: usize = 12;
const SUMS: usize = 20;
const LOGITS: usize = 24;

function get(record: usize, field: usize): i32 {
  return load<i32>(record + field);
}

/** One pass; returns where the last layer's sums are, i32. */
export function run(twin: usize, image: usize): usize {
  const layers = load<i32>(twin);
  const row: usize = twin + get(twin, ROW);
  let map = image;
  let layer = twin + HEAD;
  for (let i = 0; i < layers; i++, layer += RECORD) {
    const to: usize = twin + get(twin, MAPS + ((i & 1) << 2));
    const positions = get(layer, POSITIONS);
    for (let p = 0; p < positions; p += 2) {
      // An odd number of positions ends on one twice.
      const next = min(p + 1, positions - 1);
      if (i === 0) {
        pixels(twin, layer, map, p, row);
        pixels(twin, layer, map, next, row + 1);
        first(twin, layer, row, to, p, next);
      } else {
        const one = gather(layer, map, p, row);
        const two = gather(layer, map, next, row + 4);
        if (get(layer, COUNTS)) few(twin, layer, row, to, p, next, one, two);
        else pairs(twin, layer, row, to, p, next, one, two);
      }
    }
    map = to;
  }
  return classify(twin, layer, map);
}

/** A window of the image, every second byte of the row; outside lies what stands for zero. */
function pixels(twin: usize, layer: usize, image: usize, position: i32, row: usize): void {
  const width = get(layer, WIDTH);
  const inputs = get(layer, INPUTS);
  const top = (position / width) * get(layer, STRIDE) - get(layer, PADDING);
  const left = (position % width) * get(layer, STRIDE) - get(layer, PADDING);
  for (let y = top; y < top + get(layer, KERNEL); y++) {
    for (let x = left; x < left + get(layer, KERNEL); x++) {
      const inside = <u32>y < <u32>get(layer, IN_HEIGHT) && <u32>x < <u32>get(layer, IN_WIDTH);
      const from: usize = inside
        ? image + (y * get(layer, IN_WIDTH) + x) * inputs
        : twin + get(layer, PIXELS);
      for (let k = 0; k < inputs; k++, row += 2) store<u8>(row, load<u8>(from + k));
    }
  }
}

/** A window of a map, every second word of the row; returns its sum. */
function gather(layer: usize, map: usize, position: i32, row: usize): i32 {
  const width = get(layer, WIDTH);
  const inputs = get(layer, INPUTS);
  const kernel = get(layer, KERNEL);
  const height = get(layer, IN_HEIGHT);
  const across = get(layer, IN_WIDTH);
  const top = (position / width) * get(layer, STRIDE) - get(layer, PADDING);
  const left = (position % width) * get(layer, STRIDE) - get(layer, PADDING);
  let sum: u32 = 0;
  for (let y = top; y < top + kernel; y++) {
    for (let x = left; x < left + kernel; x++) {
      const end = row + (inputs << 1);
      if (<u32>y < <u32>height && <u32>x < <u32>across) {
        let from: usize = map + (y * across + x) * inputs;
        let lanes: u32 = 0;
        do {
          const word = load<u32>(from);
          store<u32>(row, word);
          lanes += (word & LANES) + ((word >>> 8) & LANES);
          from += 4;
          row += 8;
        } while (row < end);
        sum += (lanes & 0xffff) + (lanes >>> 16);
      } else {
        do {
          store<u32>(row, 0);
          row += 8;
        } while (row < end);
      }
    }
  }
  return sum;
}

/** Four outputs of two positions, of pixels: their eight bits leave no room for two products. */
function first(twin: usize, layer: usize, row: usize, to: usize, p: i32, next: i32): void {
  const channels = get(layer, CHANNELS);
  const taps = get(layer, KERNEL) * get(layer, KERNEL) * get(layer, INPUTS);
  const end = row + (taps << 1);
  let rows: usize = twin + get(layer, WEIGHTS);
  for (let c = 0; c < channels; c += 4) {
    let a = 0,
      b = 0,
      d = 0,
      e = 0,
      f = 0,
      g = 0,
      h = 0,
      i = 0;
    let at = row;
    do {
      const word = load<i32>(rows);
      const one: i32 = load<u8>(at);
      const two: i32 = load<u8>(at, 1);
      let w = (word << 24) >> 24;
      a += w * one;
      b += w * two;
      w = (word << 16) >> 24;
      d += w * one;
      e += w * two;
      w = (word << 8) >> 24;
      f += w * one;
      g += w * two;
      w = word >> 24;
      h += w * one;
      i += w * two;
      rows += 4;
      at += 2;
    } while (at < end);
    put(twin, layer, to, p, c, a);
    put(twin, layer, to, next, c, b);
    put(twin, layer, to, p, c + 1, d);
    put(twin, layer, to, next, c + 1, e);
    put(twin, layer, to, p, c + 2, f);
    put(twin, layer, to, next, c + 2, g);
    put(twin, layer, to, p, c + 3, h);
    put(twin, layer, to, next, c + 3, i);
  }
}

/** Two outputs of two positions; `one` and `two` are the sums of their windows. */
function pairs(
  twin: usize,
  layer: usize,
  row: usize,
  to: usize,
  p: i32,
  next: i32,
  one: i32,
  two: i32,
): void {
  const channels = get(layer, CHANNELS);
  const end = row + ((get(layer, KERNEL) * get(layer, KERNEL) * get(layer, INPUTS)) << 1);
  let rows: usize = twin + get(layer, WEIGHTS);
  for (let c = 0; c < channels; c += 2) {
    let a: u32 = 0,
      b: u32 = 0,
      d: u32 = 0,
      e: u32 = 0;
    let at = row;
    do {
      const w = load<u32>(rows);
      const v = load<u32>(rows, 4);
      const q = load<u32>(at);
      const r = load<u32>(at, 4);
      a += ((w & LANES) * (q & LANES)) >>> 16;
      b += ((w & LANES) * (r & LANES)) >>> 16;
      d += ((v & LANES) * (q & LANES)) >>> 16;
      e += ((v & LANES) * (r & LANES)) >>> 16;
      a += (((w >>> 8) & LANES) * ((q >>> 8) & LANES)) >>> 16;
      b += (((w >>> 8) & LANES) * ((r >>> 8) & LANES)) >>> 16;
      d += (((v >>> 8) & LANES) * ((q >>> 8) & LANES)) >>> 16;
      e += (((v >>> 8) & LANES) * ((r >>> 8) & LANES)) >>> 16;
      rows += 8;
      at += 8;
    } while (at < end);
    put(twin, layer, to, p, c, <i32>a - BIAS * one);
    put(twin, layer, to, next, c, <i32>b - BIAS * two);
    put(twin, layer, to, p, c + 1, <i32>d - BIAS * one);
    put(twin, layer, to, next, c + 1, <i32>e - BIAS * two);
  }
}

/** The same where activations are counts of at most 4: 32 products are added up before their upper halves are taken. */
function few(twin: usize, layer: usize, row: usize, to: usize, p: i32, next: i32, one: i32, two: i32): void {
  const channels = get(layer, CHANNELS);
  const end = row + ((get(layer, KERNEL) * get(layer, KERNEL) * get(layer, INPUTS)) << 1);
  let rows: usize = twin + get(layer, WEIGHTS);
  for (let c = 0; c < channels; c += 2) {
    let a: u32 = 0,
      b: u32 = 0,
      d: u32 = 0,
      e: u32 = 0;
    let at = row;
    do {
      const stop = min(at + FLUSH_BYTES, end);
      let s: u32 = 0,
        t: u32 = 0,
        x: u32 = 0,
        y: u32 = 0;
      do {
        const w = load<u32>(rows);
        const v = load<u32>(rows, 4);
        const q = load<u32>(at);
        const r = load<u32>(at, 4);
        s += (w & LANES) * (q & LANES);
        t += (w & LANES) * (r & LANES);
        x += (v & LANES) * (q & LANES);
        y += (v & LANES) * (r & LANES);
        s += ((w >>> 8) & LANES) * ((q >>> 8) & LANES);
        t += ((w >>> 8) & LANES) * ((r >>> 8) & LANES);
        x += ((v >>> 8) & LANES) * ((q >>> 8) & LANES);
        y += ((v >>> 8) & LANES) * ((r >>> 8) & LANES);
        rows += 8;
        at += 8;
      } while (at < stop);
      a += s >>> 16;
      b += t >>> 16;
      d += x >>> 16;
      e += y >>> 16;
    } while (at < end);
    put(twin, layer, to, p, c, <i32>a - BIAS * one);
    put(twin, layer, to, next, c, <i32>b - BIAS * two);
    put(twin, layer, to, p, c + 1, <i32>d - BIAS * one);
    put(twin, layer, to, next, c + 1, <i32>e - BIAS * two);
  }
}

/** A sum as an activation. */
function put(twin: usize, layer: usize, to: usize, position: i32, channel: i32, sum: i32): void {
  const own: usize = twin + get(layer, PARAMETERS) + (channel << 4);
  const value = ((sum + load<i32>(own)) >> get(layer, SHIFT)) + load<i32>(own, 4);
  const clipped = max(0, min(value, load<i32>(own, 8)));
  store<u8>(to + position * get(layer, CHANNELS) + channel, (<u32>clipped * load<u32>(own, 12)) >>> 24);
}

/** The last layer sums over all positions. */
function classify(twin: usize, layer: usize, map: usize): usize {
  const inputs = get(layer, INPUTS);
  const classes = get(layer, CHANNELS);
  const sums: usize = twin + get(twin, SUMS);
  const logits: usize = twin + get(twin, LOGITS);
  const last = map + get(layer, POSITIONS) * inputs;
  for (let k = 0; k < inputs; k++) {
    let sum = 0;
    for (let from = map + k; from < last; from += inputs) sum += <i32>load<u8>(from);
    store<i32>(sums + (k << 2), sum);
  }
  for (let c = 0; c < classes; c++) {
    let sum = load<i32>(twin + get(layer, PARAMETERS) + (c << 2));
    let row: usize = twin + get(layer, WEIGHTS) + c;
    for (let k = 0; k < inputs; k++, row += classes) sum += load<i32>(sums + (k << 2)) * <i32>load<i8>(row);
    store<i32>(logits + (c << 2), sum);
  }
  return logits;
}

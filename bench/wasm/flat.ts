/** Where the words of bench/flat.ts lie. */
export const FLAT_LAYERS: usize = 0;
export const FLAT_STEPS: usize = 4;
export const FLAT_BYTES: i32 = 32;
export const LAYER_BYTES: i32 = 80;
export const SOURCE: usize = 0;
export const POOLED: usize = 4;
export const CHANNELS: usize = 8;
export const HEIGHT: usize = 12;
export const WIDTH: usize = 16;
export const INPUTS: usize = 20;
export const IN_HEIGHT: usize = 24;
export const IN_WIDTH: usize = 28;
export const KERNEL: usize = 32;
export const STRIDE: usize = 36;
export const PADDING: usize = 40;
export const BURST: usize = 44;
export const FIRES: usize = 48;
export const BITS: usize = 52;
export const SHIFT: usize = 56;
export const FLOOR: usize = 60;
export const WEIGHTS: usize = 64;
export const THRESHOLD: usize = 68;
export const BIAS: usize = 72;
export const START: usize = 76;

export function layerOf(flat: usize, index: i32): usize {
  return flat + FLAT_BYTES + index * LAYER_BYTES;
}

/** A word of the layer's record. */
export function get(layer: usize, field: usize): i32 {
  return load<i32>(layer + field);
}

/** The input of an image at a neuron: shifted right with rounding, no more than 16 bits take. */
export function inputOf(layer: usize, sum: i32): i32 {
  const shift = get(layer, SHIFT);
  if (shift > 0) sum = (sum + (1 << (shift - 1))) >> shift;
  return get(layer, BITS) === 16 ? max(-16383, min(16383, sum)) : sum;
}

/**
 * A network as one block of bytes that the contestants outside the engine read: bench/wasm, and bench/peers with its gather.c.
 * i32 words: FLAT_WORDS of header, LAYER_WORDS per layer, then the arrays that they point at (bytes from the start).
 */
import type { Model, SpikingLayer } from '../tools/model.ts';
import { IMAGE } from '../tools/network.ts';

/** layers, steps, input channels, height, width, bytes in all. */
const FLAT_WORDS = 8;
/**
 * source (−1: image), pooled, channels, height, width; source's channels, height, width; kernel, stride, padding;
 * burst, spikes or membrane, membrane bits, shift, floor; weights i8 [tap][input][output], threshold, bias, start i32.
 */
const LAYER_WORDS = 20;

/** @throws Error where a network is more than the contestants can: chains of square convolutions with pooled exits. */
export function flatten(model: Model): Uint8Array {
  const refuse = (why: string): never => {
    throw new Error(`${model.meta.name}: ${why}; the benchmark compares chains of square convolutions`);
  };
  if (model.padding.some((p) => p !== 0)) refuse('pads its images with other pixels than 0');
  if (model.timing !== 'immediate') refuse('is pipelined');
  const words: number[] = [model.layers.length, model.steps, ...model.input];
  const blobs: Uint8Array[] = [];
  let at = 4 * (FLAT_WORDS + LAYER_WORDS * model.layers.length);
  const place = (array: Int8Array | Int32Array): number => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const start = at;
    blobs.push(bytes, new Uint8Array((64 - (bytes.length % 64)) % 64));
    at += Math.ceil(bytes.length / 64) * 64;
    return start;
  };
  words.push(0, 0, 0);
  for (const layer of model.layers) {
    const [s] = layer.projections;
    if (s === undefined || layer.projections.length > 1) return refuse('has branches');
    const isPooled = s.kind === 'pooled';
    if (s.groups > 1) refuse('has grouped convolutions or bare pools');
    if (s.kernel[0] !== s.kernel[1] || s.stride[0] !== s.stride[1] || s.padding[0] !== s.padding[1])
      refuse('has convolutions that are not square');
    if (layer.negative !== undefined) refuse('fires negative spikes');
    const source = s.source === IMAGE ? model.input : (model.layers[s.source] as SpikingLayer).shape;
    words.push(s.source === IMAGE ? -1 : s.source, isPooled ? 1 : 0, ...layer.shape, ...source);
    // Of a pool the window is the map.
    words.push(...(isPooled ? [0, 0, 0] : [s.kernel[0], s.stride[0], s.padding[0]]));
    words.push(layer.burst, layer.readout === 'spikes' ? 1 : 0);
    words.push(layer.membraneBits, layer.shift, layer.floor);
    words.push(place(s.weights), place(layer.threshold), place(layer.bias), place(layer.start));
  }
  words[5] = at;
  const out = new Uint8Array(at);
  out.set(new Uint8Array(Int32Array.from(words).buffer));
  let to = words.length * 4;
  for (const blob of blobs) {
    out.set(blob, to);
    to += blob.length;
  }
  return out;
}

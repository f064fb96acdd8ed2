/** The imported network computed naively in double, output by output: [channel][y][x] of every layer. */
import { type Activation, type Ann, IMAGE, type Projection, type Shape } from '../../../tools/network.ts';

export function forward(network: Ann, image: ArrayLike<number>): Float64Array[] {
  const outputs: Float64Array[] = [];
  for (const layer of network.layers) {
    const [channels, height, width] = layer.shape;
    const output = new Float64Array(channels * height * width);
    for (let o = 0; o < channels; o++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let sum = layer.bias[o] as number;
          for (const s of layer.projections) {
            const isImage = s.source === IMAGE;
            const shape = isImage ? network.input : (network.layers[s.source]?.shape as Shape);
            sum += drive(s, isImage ? image : (outputs[s.source] as Float64Array), shape, channels, o, y, x);
          }
          output[(o * height + y) * width + x] = activate(layer.activation, sum);
        }
      }
    }
    outputs.push(output);
  }
  return outputs;
}

function drive(
  s: Projection,
  from: ArrayLike<number>,
  [inputs, h, w]: Shape,
  outputs: number,
  o: number,
  y: number,
  x: number,
) {
  let sum = 0;
  for (let i = 0; i < inputs; i++) {
    if (s.kind === 'average' || s.kind === 'max') {
      if (i !== o) continue;
      for (let ky = 0; ky < s.kernel[0]; ky++) {
        for (let kx = 0; kx < s.kernel[1]; kx++) {
          const iy = y * s.stride[0] + ky - s.padding[0];
          const ix = x * s.stride[1] + kx - s.padding[1];
          if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
          const value = from[(i * h + iy) * w + ix] as number;
          if (s.kind === 'max') sum = Math.max(sum, value);
          else sum += value / (s.kernel[0] * s.kernel[1]);
        }
      }
      continue;
    }
    if (s.kind === 'conv') {
      const [kh, kw] = s.kernel;
      const perGroup = inputs / s.groups;
      if (Math.floor(i / perGroup) !== Math.floor(o / (outputs / s.groups))) continue;
      const row = o * perGroup + (i % perGroup);
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const iy = y * s.stride[0] + ky - s.padding[0];
          const ix = x * s.stride[1] + kx - s.padding[1];
          if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
          const weight = s.weights[(row * kh + ky) * kw + kx] as number;
          sum += weight * (from[(i * h + iy) * w + ix] as number);
        }
      }
      continue;
    }
    const weight = s.kind === 'pooled' ? (s.weights[o * inputs + i] as number) : Number(i === o);
    for (let p = 0; p < h * w; p++) sum += (weight * (from[i * h * w + p] as number)) / (h * w);
  }
  return sum;
}

export function activate(a: Activation, x: number): number {
  if (a.kind === 'none') return x;
  if (a.kind === 'relu') return Math.max(x, 0);
  if (a.kind === 'leaky') return x < 0 ? x * a.slope : x;
  if (a.kind === 'clip') return Math.min(Math.max(x, 0), a.ceiling);
  const level = Math.floor((x * a.levels) / a.ceiling + 0.5);
  return (Math.min(Math.max(level, 0), a.levels) * a.ceiling) / a.levels;
}

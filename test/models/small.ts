/** Small networks in few words, every array of neurons positive: what a test does not name is the same everywhere. */
import type { Fusion, IntegerProjection, Model, SpikingLayer } from '../../tools/model.ts';
import { IMAGE, type Shape } from '../../tools/network.ts';

type Projection = Omit<IntegerProjection, 'weights'>;

/** A 1x1 convolution of 8 bits from `source`, unless told otherwise. */
export function from(source: number, more: Partial<Projection> = {}): Projection {
  return {
    kind: 'conv',
    source,
    groups: 1,
    bits: 8,
    kernel: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
    ...more,
  };
}

export interface SmallLayer extends Partial<Omit<SpikingLayer, 'projections' | 'shape'>> {
  shape: Shape;
  from: Projection[];
}

/** The last layer is an exit, and those of `exits`; thresholds, starts and biases are 1, in 32 bits 1 in either half. */
export function small(
  layers: SmallLayer[],
  more: Partial<Omit<Model, 'layers'>> & { readout?: 'spikes' | 'membrane' } = {},
): Model {
  const { readout = 'spikes', ...fields } = more;
  const input = more.input ?? [1, 1, 1];
  const exits = more.exits ?? [layers.length - 1];
  const fusion: Fusion =
    readout === 'spikes'
      ? { kind: 'beta', rows: [exits.slice(1).map(() => 16)] }
      : {
          kind: 'membrane',
          rows: [exits.map((_, e) => ({ weights: new Array(e + 1).fill(256) as number[], gain: 1 }))],
        };
  return {
    input,
    padding: new Array(input[0]).fill(0) as number[],
    timing: 'immediate',
    steps: 4,
    exits,
    fusion,
    stop: [],
    meta: { name: 'small', labels: [], layers: [] },
    ...fields,
    layers: layers.map(({ shape, from, ...rest }, i) => {
      const isMembrane = readout === 'membrane' && exits.includes(i);
      const membraneBits = rest.membraneBits ?? (isMembrane ? 32 : 16);
      const all = (value: number): Int32Array => new Int32Array(shape[0]).fill(value);
      const one = membraneBits === 32 ? 0x10001 : 1;
      return {
        shape,
        readout: isMembrane ? 'membrane' : 'spikes',
        burst: 1,
        membraneBits,
        shift: 0,
        floor: 0,
        threshold: all(one),
        start: all(one),
        bias: all(from[0]?.source === IMAGE ? 0x10001 : one),
        ...rest,
        projections: from.map((projection) => {
          const inputs = projection.source === IMAGE ? input[0] : (layers[projection.source]?.shape[0] ?? 1);
          const taps = projection.kind === 'conv' ? projection.kernel[0] * projection.kernel[1] : 1;
          const length = projection.kind === 'max' ? 0 : (taps * inputs * shape[0]) / projection.groups;
          return { ...projection, weights: new Int8Array(length).fill(1) };
        }),
      };
    }),
  };
}

/** What a model is and what it needs, layer by layer, as plain data for `snn inspect`. */
import { createHash } from 'node:crypto';
import * as F from '../../assembly/shared/format.ts';
import { NEVER } from '../../assembly/shared/limits.ts';
import { neuronBytes, versionOf } from '../file/pack.ts';
import { weightBytes } from '../file/rows.ts';
import { type IntegerProjection, type Model, type SpikingLayer, seesImage } from '../model.ts';
import { IMAGE, type Shape } from '../network.ts';
import { denseMacs } from './energy.ts';

export interface Description {
  bytes: number;
  version: number;
  crc32: string;
  sha256: string;
  name: string;
  /** [channels, height, width] */
  input: Shape;
  classes: number;
  labels: string[];
  timing: Model['timing'];
  steps: number;
  /** Layer index per exit. */
  exits: number[];
  layers: LayerDescription[];
  parameters: number;
  dense_macs: number;
  /** Working memory as the engine measures it: nothing grows, so this is the peak too. */
  arena_bytes: number;
  /** Of that, what no layer owns: counters, pointers, and one row for the widest layer. */
  scratch_bytes: number;
  normalization: NonNullable<Model['meta']['normalization']> | null;
  fusion: Model['fusion'];
  /** Margin per step and exit; null where the exit never stops the run. */
  stop: (number | null)[][];
}

export interface LayerDescription {
  name: string;
  /** One word per projection: "3x3/2", "dense", "pool, dense", "pool". */
  kind: string;
  shape: Shape;
  exit: boolean;
  readout: SpikingLayer['readout'];
  neurons: number;
  /** Weights and biases. */
  parameters: number;
  /** Weights and records of the layer in the file. */
  flash_bytes: number;
  /** Share of the arena. */
  ram_bytes: number;
  ram: LayerRam;
  weight_bits: number;
  dense_macs: number;
  /** Least and greatest of its channels. */
  threshold: [low: number, high: number];
  burst: number;
  membrane_bits: 16 | 32;
  /** Spikes in the first step per spike of the layer's first source, outside of which no exit stops early; null: any. */
  guard: [low: number, high: number] | null;
}

/** @param arenaBytes from the engine, the only one to lay memory out */
export function describe(bytes: Uint8Array, model: Model, arenaBytes: number): Description {
  const layers = model.layers.map((_, i) => describeLayer(model, i));
  const crc = new DataView(bytes.buffer, bytes.byteOffset).getUint32(F.HEADER_CRC, true);
  return {
    bytes: bytes.length,
    version: versionOf(model),
    crc32: crc.toString(16).padStart(8, '0'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    name: model.meta.name,
    input: model.input,
    classes: model.layers.at(-1)?.shape[0] as number,
    labels: model.meta.labels,
    timing: model.timing,
    steps: model.steps,
    exits: model.exits,
    layers,
    parameters: layers.reduce((n, l) => n + l.parameters, 0),
    dense_macs: denseMacs(model),
    arena_bytes: arenaBytes,
    scratch_bytes: arenaBytes - layers.reduce((n, l) => n + l.ram_bytes, 0),
    normalization: model.meta.normalization ?? null,
    fusion: model.fusion,
    stop: model.stop.map((row) => row.map((margin) => (margin === NEVER ? null : margin))),
  };
}

function describeLayer(model: Model, index: number): LayerDescription {
  const layer = model.layers[index] as SpikingLayer;
  const [channels, height, width] = layer.shape;
  const weights = layer.projections.reduce((n, s) => n + s.weights.length, 0);
  const ram = layerRam(model, index);
  return {
    name: model.meta.layers[index] ?? `layer ${index}`,
    kind: layer.projections.map((s) => kindOf(model, s)).join(' + '),
    shape: layer.shape,
    exit: model.exits.includes(index),
    readout: layer.readout,
    neurons: channels * height * width,
    parameters: weights + channels,
    flash_bytes:
      layer.projections.reduce((n, s) => n + weightBytes(s, channels), 0) +
      neuronBytes(layer) +
      layer.projections.length * F.PROJ_BYTES +
      F.LAYER_BYTES,
    ram_bytes: ram.membranes + ram.events + ram.tally,
    ram,
    dense_macs: denseMacs({ ...model, layers: [layer] }),
    threshold: [Math.min(...layer.threshold), Math.max(...layer.threshold)],
    burst: layer.burst,
    membrane_bits: layer.membraneBits,
    guard:
      layer.guard === undefined
        ? null
        : [layer.guard.low / 2 ** F.GUARD_BITS, layer.guard.high / 2 ** F.GUARD_BITS],
    weight_bits: Math.max(...layer.projections.map((s) => s.bits)),
  };
}

function kindOf(model: Model, s: IntegerProjection): string {
  if (s.kind === 'pooled') return s.groups === 1 ? 'pool, dense' : 'pool';
  if (s.kind === 'max') return `max ${window(s)}`;
  const [, height, width] = s.source === IMAGE ? model.input : (model.layers[s.source] as SpikingLayer).shape;
  const [top, left] = s.padding;
  const single = s.groups > 1;
  if (!single && s.kernel[0] === height && s.kernel[1] === width && top === 0 && left === 0) return 'dense';
  if (single && s.kernel[0] * s.kernel[1] === 1) return 'skip';
  const split =
    s.groups === (s.source === IMAGE ? model.input : (model.layers[s.source] as SpikingLayer).shape)[0];
  return `${single ? (split ? 'depthwise ' : `${s.groups} groups `) : ''}${window(s)}`;
}

/** "3x3", with a stride "3x3/2" or "3x3/2x1". */
function window({ kernel, stride: [y, x] }: IntegerProjection): string {
  return `${kernel.join('x')}${y === 1 && x === 1 ? '' : `/${y === x ? y : `${y}x${x}`}`}`;
}

export interface LayerRam {
  /** Potentials, and the image's input where it enters. */
  membranes: number;
  /** Lists of the neurons that fired in a step. */
  events: number;
  /** Spike counts of an exit, and of a max pool with those of its source. */
  tally: number;
}

/** The blocks of assembly/model/arena.ts that belong to one layer, whole multiples of 16; all other bytes are scratch. */
function layerRam(model: Model, index: number): LayerRam {
  const layer = model.layers[index] as SpikingLayer;
  const [channels, height, width] = layer.shape;
  const [first] = layer.projections;
  const size = ({ shape }: SpikingLayer): number => shape[0] * shape[1] * shape[2];
  const neurons = size(layer);
  const fires = layer.readout === 'spikes';
  const isExit = fires && model.exits.includes(index);
  // A max pool has the counts of its source made beside its own.
  const counted =
    first?.kind === 'max' ? [layer, model.layers[first.source] as SpikingLayer] : isExit ? [layer] : [];
  const lists = layer.burst * (layer.negative === undefined ? 1 : 2);
  const block = (bytes: number): number => Math.ceil(bytes / 16) * 16;
  // In a network of one step nobody reads a potential again: one row serves all.
  const kept = fires && model.steps === 1 ? width * channels : neurons;
  const potentials = block((kept * layer.membraneBits) / 8);
  return {
    membranes: potentials * (seesImage(layer) ? 2 : 1),
    // Vectors may write 16 bytes behind a layer's last event.
    events: fires ? block(neurons * 2 + 16) + block(height * lists * (width + 1) * 2) : 0,
    tally: counted.reduce((bytes, l) => bytes + block(size(l) * 4), 0),
  };
}

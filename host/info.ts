/** What a host can tell about a model without running it, read straight from its bytes. */
import * as F from '../assembly/shared/format.ts';

export interface ModelInfo {
  name: string;
  /** One u8 per value, [height][width][channel]. */
  input: { channels: number; height: number; width: number };
  classes: number;
  /** Names of the classes; their numbers where the model has no names. */
  labels: string[];
  layers: LayerInfo[];
  /** Layer index of each exit's classifier, earliest first. */
  exits: number[];
  /** Last time step. */
  steps: number;
  timing: 'immediate' | 'pipelined';
  fusion: 'beta' | 'membrane';
  /** Bytes of working memory beside the model itself. */
  arenaBytes: number;
  modelBytes: number;
  meta: Record<string, unknown>;
}

export interface LayerInfo {
  name: string;
  /** [channels, height, width] */
  shape: [channels: number, height: number, width: number];
  neurons: number;
  /** K, the most spikes of a neuron within one step. */
  burst: number;
  /** Its neurons fire negative spikes too. */
  signed: boolean;
  /** Of a membrane potential. */
  membraneBits: 16 | 32;
}

/** `model` has passed the engine's checks. */
export function readInfo(model: Uint8Array, arenaBytes: number): ModelInfo {
  const view = new DataView(model.buffer, model.byteOffset, model.length);
  const at = (section: number): number => view.getUint32(F.HEADER_OFFSETS + section * 4, true);
  const [net, layers] = [at(F.SECTION_NET), at(F.SECTION_LAYERS)];
  const u16 = (at: number): number => view.getUint16(at, true);
  const meta = readMeta(model.subarray(at(F.SECTION_META), at(F.SECTION_META + 1)));
  const classes = u16(net + F.NET_CLASSES);
  const labels = strings(meta.labels);
  const layerNames = strings(meta.layers);
  const records = Array.from({ length: u16(net + F.NET_LAYERS) }, (_, i) => layers + i * F.LAYER_BYTES);
  return {
    name: typeof meta.name === 'string' ? meta.name : '',
    input: {
      channels: u16(net + F.NET_CHANNELS),
      height: u16(net + F.NET_HEIGHT),
      width: u16(net + F.NET_WIDTH),
    },
    classes,
    labels: Array.from({ length: classes }, (_, k) => labels[k] ?? String(k)),
    layers: records.map((at, i): LayerInfo => {
      const shape: LayerInfo['shape'] = [
        u16(at + F.LAYER_CHANNELS),
        u16(at + F.LAYER_HEIGHT),
        u16(at + F.LAYER_WIDTH),
      ];
      const burst = view.getUint8(at + F.LAYER_BURST);
      const signed = view.getUint8(at + F.LAYER_SIGNED) === 1;
      const neurons = shape[0] * shape[1] * shape[2];
      const membraneBits = view.getUint8(at + F.LAYER_IS32) === 1 ? 32 : 16;
      return { name: layerNames[i] ?? `layer ${i}`, shape, neurons, burst, signed, membraneBits };
    }),
    exits: records.flatMap((at, i) => (view.getUint8(at + F.LAYER_EXIT) === 1 ? [i] : [])),
    steps: u16(net + F.NET_STEPS),
    timing: view.getUint8(net + F.NET_TIMING) === F.TIMING_IMMEDIATE ? 'immediate' : 'pipelined',
    fusion: view.getUint8(net + F.NET_READOUT) === F.READOUT_SPIKES ? 'beta' : 'membrane',
    arenaBytes,
    modelBytes: model.length,
    meta,
  };
}

/** The engine never reads META, so a damaged one costs the names and nothing else. */
function readMeta(bytes: Uint8Array): Record<string, unknown> {
  try {
    const meta: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((v) => typeof v === 'string') : [];
}

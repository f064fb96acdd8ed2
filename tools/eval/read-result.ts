/** Reads what `snn eval` and `snn merge` wrote, and believes none of it unchecked. */
import { MAX_CHANCES, MAX_EXITS, MAX_LAYERS } from '../../assembly/shared/limits.ts';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { MOST_IMAGES } from '../limits.ts';
import { Failure } from '../terminal/failure.ts';
import { readWhole } from '../terminal/read.ts';
import type { Images, Shard } from './images.ts';
import { checkOf, type DataIdentity, type Result } from './result.ts';
import { emptyTally, imagesOf, type NetworkFacts, sum, type Tally } from './tally.ts';

export async function readResult(path: string): Promise<Result> {
  return parseResult(new TextDecoder().decode(await readWhole(path, EXIT_DATA)), path);
}

/** @throws Failure in one line that begins with `file` */
export function parseResult(text: string, file: string): Result {
  const refuse = (what: string): Failure =>
    new Failure(EXIT_DATA, `${file}: ${what}; give what snn eval --json wrote`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(text.trim() === '' ? 'empty' : 'damaged or not JSON');
  }
  try {
    const result = resultOf(value);
    if (field(value, 'crc32') !== checkOf(result))
      throw new Wrong('crc32', 'does not fit the content: damaged');
    return result;
  } catch (error) {
    if (error instanceof Wrong) throw refuse(error.message);
    throw error;
  }
}

/** A field that is not what it should be. */
class Wrong extends Error {
  constructor(name: string, what: string) {
    super(`${name}: ${what}`);
  }
}

function resultOf(value: unknown): Result {
  const network = networkOf(field(value, 'network'));
  const data = dataOf(field(value, 'data'));
  if (data.count > MOST_IMAGES) throw new Wrong('data.count', `more than ${MOST_IMAGES}`);
  const [first, end, ...more] = wholes(field(value, 'range'), 'range');
  if (first === undefined || end === undefined || more.length > 0 || first >= end || end > data.count)
    throw new Wrong('range', `no part of ${data.count} images`);
  const sums = sumsOf(field(value, 'sums'), network);
  const wanted = whole(field(value, 'wanted'), 'wanted');
  const ranges = list(field(value, 'ranges'), 'ranges').map((images) => imagesOfRange(images, first, end));
  const done = imagesOf(sums);
  if (done < 1 || done > wanted || wanted > end - first || sum(ranges.map((r) => r.count)) !== done)
    throw new Wrong('ranges', `do not have the ${done} images of the sums`);
  return {
    model: text(field(value, 'model'), 'model'),
    model_sha256: text(field(value, 'model_sha256'), 'model_sha256'),
    data,
    range: [first, end],
    shard: shardOf(field(value, 'shard')),
    wanted,
    ranges,
    network,
    sums,
  };
}

function dataOf(value: unknown): DataIdentity {
  const labels = field(value, 'labels', 'data');
  return {
    images: text(field(value, 'images', 'data'), 'data.images'),
    labels: labels === null ? null : text(labels, 'data.labels'),
    count: whole(field(value, 'count', 'data'), 'data.count'),
    sha256: text(field(value, 'sha256', 'data'), 'data.sha256'),
  };
}

function networkOf(value: unknown): NetworkFacts {
  const layers = list(field(value, 'layers', 'network'), 'network.layers').map((l) =>
    text(l, 'network.layers'),
  );
  const exits = list(field(value, 'exits', 'network'), 'network.exits').map((e) =>
    wholes(e, 'network.exits'),
  );
  const steps = whole(field(value, 'steps', 'network'), 'network.steps');
  if (steps < 1) throw new Wrong('network.steps', 'none');
  if (steps > MAX_CHANCES) throw new Wrong('network.steps', `more than ${MAX_CHANCES}`);
  if (layers.length > MAX_LAYERS) throw new Wrong('network.layers', `more than ${MAX_LAYERS}`);
  if (exits.length > MAX_EXITS) throw new Wrong('network.exits', `more than ${MAX_EXITS}`);
  if (exits.length === 0 || exits.flat().some((l) => l >= layers.length))
    throw new Wrong('network.exits', 'do not fit the layers');
  return {
    name: text(field(value, 'name', 'network'), 'network.name'),
    steps,
    layers,
    exits,
    image_macs: whole(field(value, 'image_macs', 'network'), 'network.image_macs'),
  };
}

function sumsOf(value: unknown, { steps, layers, exits }: NetworkFacts): Tally {
  const shape = emptyTally(steps, layers.length, exits.length);
  const read = (name: keyof Tally): number[] => {
    const values = wholes(field(value, name, 'sums'), `sums.${name}`);
    if (values.length === shape[name].length) return values;
    throw new Wrong(`sums.${name}`, `${values.length} numbers instead of ${shape[name].length}`);
  };
  const sums: Tally = {
    right: read('right'),
    fused_right: read('fused_right'),
    sops: read('sops'),
    events: read('events'),
    spikes: read('spikes'),
    stopped: read('stopped'),
    stopped_right: read('stopped_right'),
    stopped_sops: read('stopped_sops'),
    stopped_events: read('stopped_events'),
    stopped_spikes: read('stopped_spikes'),
  };
  const images = imagesOf(sums);
  const most = Math.max(...sums.right, ...sums.fused_right, sum(sums.stopped_right));
  if (most > images) throw new Wrong('sums', `${most} right answers for ${images} images`);
  return sums;
}

function imagesOfRange(value: unknown, low: number, end: number): Images {
  const first = whole(field(value, 'first', 'ranges'), 'ranges.first');
  const stride = whole(field(value, 'stride', 'ranges'), 'ranges.stride');
  const count = whole(field(value, 'count', 'ranges'), 'ranges.count');
  if (stride < 1 || count < 1 || first < low || first + (count - 1) * stride >= end)
    throw new Wrong('ranges', `leave images ${low}–${end - 1}`);
  return { first, stride, count };
}

function shardOf(value: unknown): Shard | null {
  if (value === null) return null;
  const index = whole(field(value, 'index', 'shard'), 'shard.index');
  const of = whole(field(value, 'of', 'shard'), 'shard.of');
  if (index < 1 || index > of) throw new Wrong('shard', `no ${index}/${of}`);
  return { index, of };
}

function field(value: unknown, name: string, inside?: string): unknown {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const found = fields.find(([key]) => key === name);
  if (found === undefined) throw new Wrong(inside === undefined ? name : `${inside}.${name}`, 'missing');
  return found[1];
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Wrong(name, 'no text');
  return value;
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Wrong(name, 'no list');
  return value;
}

function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Wrong(name, `${JSON.stringify(value)} is no whole number from 0 on`);
  return value;
}

function wholes(value: unknown, name: string): number[] {
  return list(value, name).map((v) => whole(v, name));
}

/** TensorProto → numbers. */
import { externalBytes, type ReadExternal } from './external.ts';
import type { Raw, Tensor } from './nodes.ts';
import { badFile } from './refusal.ts';

interface Encoding {
  type: Tensor['type'];
  /** Field of TensorProto used where `raw_data` is not. */
  field: string;
  size: number;
  read: (view: DataView, offset: number) => number;
}

/** By TensorProto.DataType. int64 beyond 2⁵³ is rounded: only bounds like INT64_MAX are that large. */
const ENCODINGS = new Map<number, Encoding>([
  [1, { type: 'float', field: 'float_data', size: 4, read: (v, o) => v.getFloat32(o, true) }],
  [6, { type: 'int', field: 'int32_data', size: 4, read: (v, o) => v.getInt32(o, true) }],
  [7, { type: 'int', field: 'int64_data', size: 8, read: (v, o) => Number(v.getBigInt64(o, true)) }],
  [9, { type: 'int', field: 'int32_data', size: 1, read: (v, o) => v.getUint8(o) }],
  [11, { type: 'double', field: 'double_data', size: 8, read: (v, o) => v.getFloat64(o, true) }],
]);

const TYPE_NAMES: Record<number, string> = {
  2: 'uint8',
  3: 'int8',
  8: 'string',
  10: 'float16',
  16: 'bfloat16',
};

const EXTERNAL = 1;

export function readTensor(t: Raw, file: string, name: string, readExternal: ReadExternal): Tensor {
  const bad = (what: string): Error => badFile(file, `tensor "${name}": ${what}`);
  const dataType = Number(t.data_type ?? 0);
  const encoding = ENCODINGS.get(dataType);
  if (encoding === undefined)
    throw bad(`type ${TYPE_NAMES[dataType] ?? dataType} is not supported; export again in float32`);
  const shape = ((t.dims ?? []) as unknown[]).map(Number);
  if (shape.some((d) => d < 0))
    throw bad(`shape ${shape.join('x')} is negative; the file is damaged, export again`);
  const length = shape.reduce((a, b) => a * b, 1);
  const isExternal = Number(t.data_location ?? 0) === EXTERNAL;
  const raw = isExternal
    ? externalBytes(t, file, name, readExternal)
    : (t.raw_data as Uint8Array | undefined);
  const listed = (t[encoding.field] ?? []) as unknown[];
  const found = raw === undefined || raw.length === 0 ? listed.length : raw.length / encoding.size;
  if (found !== length) {
    throw bad(`${found} values for shape ${shape.join('x') || 'scalar'}; the file is damaged, export again`);
  }
  const values = encoding.type === 'float' ? new Float32Array(length) : new Float64Array(length);
  if (raw !== undefined && raw.length > 0) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < length; i++) values[i] = encoding.read(view, i * encoding.size);
  } else values.set(listed.map(Number));
  return { shape, type: encoding.type, values };
}

/** One array of NumPy: the `.npy` format, versions 1 to 3, C order. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';

export interface NumpyArray {
  /** As in its header: "|u1", "<i8", "<f4" … */
  dtype: string;
  shape: number[];
  /** One number per value, in C order. */
  values: Uint8Array | Float64Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Bytes per value and how one is read, by dtype; all little-endian. */
const TYPES: Record<string, [size: number, read: (view: DataView, at: number) => number]> = {
  '|u1': [1, (v, at) => v.getUint8(at)],
  '|b1': [1, (v, at) => v.getUint8(at)],
  '|i1': [1, (v, at) => v.getInt8(at)],
  '<u2': [2, (v, at) => v.getUint16(at, true)],
  '<i2': [2, (v, at) => v.getInt16(at, true)],
  '<u4': [4, (v, at) => v.getUint32(at, true)],
  '<i4': [4, (v, at) => v.getInt32(at, true)],
  '<u8': [8, (v, at) => Number(v.getBigUint64(at, true))],
  '<i8': [8, (v, at) => Number(v.getBigInt64(at, true))],
  '<f4': [4, (v, at) => v.getFloat32(at, true)],
  '<f8': [8, (v, at) => v.getFloat64(at, true)],
};

/** @throws Failure naming `name` where the bytes are no array that can be read. */
export function parseNpy(bytes: Uint8Array, name: string): NumpyArray {
  const bad = (what: string): Failure => new Failure(EXIT_DATA, `${name}: ${what}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12 || MAGIC.some((b, i) => bytes[i] !== b))
    throw bad('not a NumPy array; write it with numpy.save');
  const long = (bytes[6] as number) > 1;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) throw bad('truncated inside its header; copy it again');
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const dtype = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const dims = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const type = TYPES[dtype];
  if (type === undefined || dims === undefined)
    throw bad(`dtype ${dtype || 'unknown'} is not supported; save images as uint8, labels as whole numbers`);
  const shape = dims
    .split(',')
    .filter((d) => d.trim() !== '')
    // Python 2 wrote long integers as 10L.
    .map((d) => Number(d.trim().replace(/L$/, '')));
  if (/'fortran_order':\s*True/.test(header) && shape.length > 1)
    throw bad('in Fortran order; save numpy.ascontiguousarray of it');
  const [size, read] = type;
  const length = shape.reduce((a, b) => a * b, 1);
  if (bytes.length - end !== length * size)
    throw bad(`${bytes.length - end} bytes for ${shape.join('x')} of ${dtype}; copy it again`);
  if (dtype === '|u1') return { dtype, shape, values: bytes.subarray(end) };
  return { dtype, shape, values: Float64Array.from({ length }, (_, i) => read(view, end + i * size)) };
}

/** Bytes as damage and malice leave them: the same for every format. */
import type { Random } from '../models/random.ts';

const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

type Change = (r: Random, bytes: Uint8Array) => Uint8Array;

const CHANGES: Change[] = [
  function aBit(r, bytes) {
    const at = r.int(0, bytes.length - 1);
    bytes[at] = (bytes[at] as number) ^ (1 << r.int(0, 7));
    return bytes;
  },
  function aNumber(r, bytes) {
    const size = r.pick([1, 2, 4]);
    if (bytes.length < size) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // Headers come first: half of the numbers are changed there.
    const at = r.int(0, Math.min(bytes.length, r.pick([64, bytes.length])) - 1);
    const value = r.int(0, 1) === 0 ? r.pick(EDGES) : r.int(0, 0xffffffff);
    if (at + size > bytes.length) return bytes;
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, r.int(0, 1) === 0);
    else view.setUint32(at, value, r.int(0, 1) === 0);
    return bytes;
  },
  function digits(r, bytes) {
    const places = [...bytes.keys()].filter(
      (i) => (bytes[i] as number) >= 0x30 && (bytes[i] as number) <= 0x39,
    );
    if (places.length > 0) bytes[r.pick(places)] = 0x30 + r.int(0, 9);
    return bytes;
  },
  function cut(r, bytes) {
    return bytes.slice(0, r.int(0, bytes.length));
  },
  function more(r, bytes) {
    return joined(bytes, r.bytes(r.int(1, 40)));
  },
  function twice(r, bytes) {
    const from = r.int(0, bytes.length);
    const to = r.int(from, Math.min(bytes.length, from + 64));
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  function leftOut(r, bytes) {
    const from = r.int(0, bytes.length);
    const to = r.int(from, Math.min(bytes.length, from + 64));
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
];

/** A changed copy; one in eight is left as it is. */
export function damaged(r: Random, bytes: Uint8Array): Uint8Array {
  let copy: Uint8Array = bytes.slice();
  for (let n = r.int(0, 7) === 0 ? 0 : r.pick([1, 1, 1, 2, 3]); n > 0 && copy.length > 0; n--)
    copy = r.pick(CHANGES)(r, copy);
  return copy;
}

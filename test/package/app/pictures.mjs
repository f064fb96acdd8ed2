import { readFileSync } from 'node:fs';

/** A file of RGBA pictures of 28x28, one behind the other. */
export function pictures(path) {
  const bytes = readFileSync(path);
  const size = 28 * 28 * 4;
  return Array.from({ length: bytes.length / size }, (_, i) => ({
    height: 28,
    width: 28,
    data: bytes.subarray(i * size, (i + 1) * size),
  }));
}

/** PGM and PPM, plain and binary (P2, P3, P5, P6), several in one file too: the formats that `snn.wasm` takes. */

export interface Pnm {
  width: number;
  height: number;
  channels: 1 | 3;
  /** u8 [height][width][channel]. */
  pixels: Uint8Array;
}

export function isPnm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1] ?? 0);
}

/** All pictures of the file. @throws Error saying what is wrong */
export function parsePnm(bytes: Uint8Array): Pnm[] {
  const pictures: Pnm[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { picture, end } = parseOne(bytes, at);
    pictures.push(picture);
    at = end;
    while (isSpace(bytes[at])) at++;
  }
  return pictures;
}

function parseOne(bytes: Uint8Array, start: number): { picture: Pnm; end: number } {
  if (!isPnm(bytes.subarray(start))) throw new Error(`no PGM or PPM at byte ${start}`);
  const kind = (bytes[start + 1] as number) - 0x30;
  let at = start + 2;
  const token = (): number => {
    while (isSpace(bytes[at]) || bytes[at] === 0x23) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
      at++;
    }
    let value = 0;
    const first = at;
    for (; isDigit(bytes[at]) && value <= 0xffff; at++) value = value * 10 + (bytes[at] as number) - 0x30;
    if (at === first) throw new Error('cut short, or a number is missing');
    return value;
  };
  const [width, height, most] = [token(), token(), token()] as [number, number, number];
  if (most !== 255) throw new Error(`a maximum of ${most}, not 255`);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const size = width * height * channels;
  // A plain one has at least a digit and a blank per value.
  if (size === 0 || size > bytes.length - at)
    throw new Error(`${width}x${height} do not fit its ${bytes.length} bytes`);
  if (kind > 3) {
    at++;
    const pixels = bytes.slice(at, at + size);
    if (pixels.length < size) throw new Error('cut short');
    return { picture: { width, height, channels, pixels }, end: at + size };
  }
  const pixels = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const value = token();
    if (value > 255) throw new Error(`a value of ${value}, at most 255`);
    pixels[i] = value;
  }
  return { picture: { width, height, channels, pixels }, end: at };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

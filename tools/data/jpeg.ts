/** JPEG by libjpeg, as Pillow and so PyTorch's data sets decode it: the same pixels, to the bit. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What the decoder complains about on its standard error, the cause of a failure last. */
const complaints: string[] = [];
let ready: Promise<(jpeg: ArrayBuffer) => Promise<ImageData>> | undefined;

/** u8 RGBA. @throws Error with the decoder's reason */
export async function decodeJpeg(
  bytes: Uint8Array,
): Promise<{ width: number; height: number; data: Uint8ClampedArray | Uint8Array }> {
  ready ??= start();
  const decode = await ready;
  complaints.length = 0;
  try {
    const picture = await decode(new Uint8Array(bytes).buffer);
    // It fills what is missing with grey; Pillow refuses.
    if (complaints.length === 0) return picture;
  } catch (error) {
    if (complaints.length === 0) complaints.push((error as Error).message);
  }
  throw new Error(complaints.at(-1));
}

/** What its frame says, before anything is unpacked; undefined where it has none. */
export function jpegSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    // Start of a frame, whatever its process; C4, C8 and CC are tables.
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

async function start(): Promise<(jpeg: ArrayBuffer) => Promise<ImageData>> {
  // Loaded when a JPEG comes along: it is not installed with ours.
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
  // The decoder hands its pixels to this class of the browser, which Node lacks.
  const imageData = function (this: object, data: Uint8ClampedArray, width: number, height: number) {
    Object.assign(this, { data, width, height });
  };
  (globalThis as { ImageData?: unknown }).ImageData ??= imageData;
  const file = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  const wasmBinary = await readFile(file);
  const options = { wasmBinary, printErr: (text: string) => void complaints.push(text) };
  await init(options as Parameters<typeof init>[0]);
  return decode;
}

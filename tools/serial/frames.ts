/** The frames of boards/uart/frames.h, which draws them: both ways alike. A test compares the constants. */
import { crc32 } from 'node:zlib';

export const MAGIC = Uint8Array.of(0xd3, 0x4e);
const HEADER = 8;
const CRC = 4;
/** No answer is longer: a damaged length must not be waited for. */
const MOST = 1 << 16;

export const TYPES = {
  QUERY: 'Q',
  IMAGE: 'I',
  TRACE: 'T',
  NETWORK: 'N',
  ANSWER: 'A',
  STEP: 'S',
  ERROR: 'E',
} as const;

export type FrameType = (typeof TYPES)[keyof typeof TYPES];

export interface Frame {
  type: string;
  id: number;
  payload: Buffer;
}

export function encodeFrame(type: FrameType, id: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.alloc(HEADER + payload.length + CRC);
  frame.set(MAGIC);
  frame.write(type, 2, 'latin1');
  frame[3] = id;
  frame.writeUInt32LE(payload.length, 4);
  frame.set(payload, HEADER);
  frame.writeUInt32LE(crc32(frame.subarray(2, -CRC)), HEADER + payload.length);
  return frame;
}

/** Finds frames in what a board says; text between them is passed over, and so are damaged ones. */
export class FrameReader {
  #waiting = Buffer.alloc(0);

  push(bytes: Uint8Array): Frame[] {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      const at = this.#waiting.indexOf(MAGIC);
      // The last byte may be half of a magic.
      this.#waiting = this.#waiting.subarray(at < 0 ? Math.max(0, this.#waiting.length - 1) : at);
      if (this.#waiting.length < HEADER + CRC) return frames;
      const length = this.#waiting.readUInt32LE(4);
      const whole = HEADER + length + CRC;
      if (length <= MOST && this.#waiting.length < whole) return frames;
      const frame = this.#waiting.subarray(0, whole);
      const good = length <= MOST && crc32(frame.subarray(2, -CRC)) === frame.readUInt32LE(whole - CRC);
      if (good)
        frames.push({
          type: String.fromCharCode(frame[2] as number),
          id: frame[3] as number,
          payload: frame.subarray(HEADER, -CRC),
        });
      this.#waiting = this.#waiting.subarray(good ? whole : 1);
    }
  }
}

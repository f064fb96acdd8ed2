/** What a board answers, damaged or hostile, as `snn send` takes it: an answer, or one line. */
import { Board } from '../../tools/serial/board.ts';
import { encodeFrame, FrameReader, type FrameType, TYPES } from '../../tools/serial/frames.ts';
import type { Link } from '../../tools/serial/link.ts';
import type { Random } from '../models/random.ts';
import { damaged } from './bytes.ts';
import { refusal, type Target } from './target.ts';

const MS = { start: 15, answer: 15 };

/** Payloads of a board: right, too short, or of numbers that promise more than there is. */
function answer(r: Random, type: string, id: number): Uint8Array {
  const words = Array.from({ length: r.int(0, 12) }, () =>
    r.pick([0, 1, 2, 10, 65536, r.int(0, 0xffffffff)]),
  );
  const network = [784, 3, 10, 7, 4, 0x6b636974, 0x656d614e];
  const right = { [TYPES.QUERY]: network, [TYPES.IMAGE]: [1, 65536, 5, 0, 1, 9, 0, 3, 3, 3] }[type] ?? words;
  const payload = new Uint8Array(Uint32Array.from(r.int(0, 2) > 0 ? right : words).buffer);
  const kinds: Record<string, FrameType> = {
    [TYPES.QUERY]: TYPES.NETWORK,
    [TYPES.IMAGE]: TYPES.ANSWER,
    [TYPES.TRACE]: TYPES.STEP,
  };
  const kind = r.int(0, 3) > 0 ? kinds[type] : r.pick(Object.values(TYPES));
  const frame = encodeFrame(
    kind ?? TYPES.ANSWER,
    r.int(0, 7) > 0 ? id : r.int(0, 255),
    payload.subarray(0, payload.length - r.pick([0, 0, 0, 1, 5])),
  );
  return r.int(0, 2) > 0 ? frame : damaged(r, new Uint8Array(frame));
}

export const board: Target = {
  name: 'board',
  // The answers follow the questions: they are drawn when they are asked.
  make: (r) => r.bytes(16),
  async run(_input, r) {
    let take: (bytes: Uint8Array) => void = () => {};
    const asked = new FrameReader();
    let thrown: unknown;
    const link: Link = {
      write(bytes) {
        for (const { type, id } of asked.push(bytes))
          for (let n = r.int(0, 3); n > 0; n--)
            queueMicrotask(() => {
              try {
                take(Buffer.concat([r.int(0, 3) === 0 ? r.bytes(9) : Buffer.alloc(0), answer(r, type, id)]));
              } catch (error) {
                thrown ??= error;
              }
            });
      },
      onData(f) {
        take = f;
      },
      onEnd: () => {},
      close: () => {},
    };
    const talk = async (): Promise<string> => {
      const there = await Board.connect(link, MS);
      await there.classify(new Uint8Array(there.network.imageBytes % 1000));
      await there.trace(new Uint8Array(1));
      return 'accepted';
    };
    const verdict = await talk().catch((error) => refusal(error, ''));
    if (thrown !== undefined) throw thrown;
    return verdict;
  },
};

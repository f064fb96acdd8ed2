/** Frames of a board that say too little, too much or have no end: one line, not a number read beside a payload. */
import { expect, test } from 'vitest';
import { MAX_CHANCES, MAX_LAYERS } from '../../assembly/shared/limits.ts';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Board } from '../../tools/serial/board.ts';
import { encodeFrame, FrameReader, type FrameType, TYPES } from '../../tools/serial/frames.ts';
import type { Link } from '../../tools/serial/link.ts';

const MS = { start: 200, answer: 200 };
const NETWORK = [4, 2, 10, 7, 3, 0x2d2d2d2d];

/** A board that answers each type of question with these frames. */
function link(answers: Partial<Record<FrameType, [FrameType, number[]][]>>): Link {
  const asked = new FrameReader();
  let take: (bytes: Uint8Array) => void = () => {};
  return {
    write(bytes) {
      for (const { type, id } of asked.push(bytes))
        for (const [kind, words] of answers[type as FrameType] ?? [])
          take(encodeFrame(kind, id, new Uint8Array(Uint32Array.from(words).buffer)));
    },
    onData(f) {
      take = f;
    },
    onEnd: () => {},
    close: () => {},
  };
}

const another = expect.objectContaining({
  code: EXIT_DATA,
  message: expect.stringContaining('another firmware'),
});

test.each([
  ['nothing', []],
  ['four words', NETWORK.slice(0, 4)],
  ['a unit longer than its text', [4, 2, 10, 7, 400, 0]],
  ['no layers', [4, 0, 10, 7, 3, 0]],
  ['more layers than a network has', [4, MAX_LAYERS + 1, 10, 7, 3, 0]],
  ['layers without end', [4, 0xffffffff, 10, 7, 3, 0]],
])('a network of %s', async (_, words) => {
  await expect(Board.connect(link({ [TYPES.QUERY]: [[TYPES.NETWORK, words]] }), MS)).rejects.toEqual(another);
});

const network: [FrameType, number[]][] = [[TYPES.NETWORK, NETWORK]];

test.each([0, 6, 8])('an answer of %i words for two layers', async (count) => {
  const answer: [FrameType, number[]][] = [[TYPES.ANSWER, new Array<number>(count).fill(1)]];
  const board = await Board.connect(link({ [TYPES.QUERY]: network, [TYPES.IMAGE]: answer }), MS);
  await expect(board.classify(new Uint8Array(4))).rejects.toEqual(another);
});

test('a step too short', async () => {
  const steps: [FrameType, number[]][] = [
    [TYPES.STEP, [1, 2, 3]],
    [TYPES.ANSWER, new Array<number>(9).fill(1)],
  ];
  const board = await Board.connect(link({ [TYPES.QUERY]: network, [TYPES.TRACE]: steps }), MS);
  await expect(board.trace(new Uint8Array(4))).rejects.toEqual(another);
});

test('more steps than a network has', async () => {
  const step: [FrameType, number[]] = [TYPES.STEP, [1, 2, 3, 4, 5]];
  const steps = Array.from({ length: MAX_CHANCES + 2 }, () => step);
  const board = await Board.connect(link({ [TYPES.QUERY]: network, [TYPES.TRACE]: steps }), MS);
  await expect(board.trace(new Uint8Array(4))).rejects.toEqual(another);
});

test('an error without its number does not end the program', async () => {
  const error: [FrameType, number[]][] = [[TYPES.ERROR, []]];
  const board = await Board.connect(link({ [TYPES.QUERY]: network, [TYPES.IMAGE]: error }), MS);
  await expect(board.classify(new Uint8Array(4))).rejects.toEqual(
    expect.objectContaining({ code: EXIT_DATA }),
  );
});

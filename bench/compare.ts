/** Contestants must give the engine's answer: to the last bit where they count in whole numbers. */
import { argmax } from '../tools/run/traces.ts';
import type { Measured } from './rounds.ts';

/** Ties of an 8-bit convolution fall to the even side, and what follows sees it: so many answers may differ. */
const INT8_OTHERS = { share: 0.1, images: 2 };

export interface Agreement {
  id: string;
  /** Share of the images with the same evidence, and with the same answer; undefined where it is not told. */
  evidence?: number;
  answers: number;
  /** What the contestant computes is the same function, so that a difference is a mistake. */
  required: 'evidence' | 'answers' | 'most answers' | 'nothing';
  ok: boolean;
}

const ANN = /^(dense|onnx)/;

/** @param isAnn one step of the network is the ANN's answer */
export function compare(measured: Measured[], isAnn: boolean): Agreement[] {
  const truth = measured.find((m) => m.row.id === 'engine-simd')?.first;
  if (truth?.evidence === undefined || truth.answers === undefined)
    throw new Error('the engine gave no answers');
  const { evidence: expected, answers: classes } = truth;
  return measured.flatMap(({ row, first }): Agreement[] => {
    if (first === undefined) return [];
    const { evidence } = first;
    const required = requirement(row.id, isAnn);
    const count = Math.min(expected.length, (evidence ?? first.answers ?? []).length);
    if (count === 0) return [];
    const share = (same: (i: number) => boolean): number =>
      Array.from({ length: count }, (_, i) => same(i)).filter(Boolean).length / count;
    const winner = (i: number): number => argmax(expected[i] as number[]);
    const same =
      evidence === undefined
        ? undefined
        : share((i) =>
            (expected[i] as number[]).every((e, c) => Math.round(evidence[i]?.[c] ?? Number.NaN) === e),
          );
    const answers =
      evidence === undefined
        ? share((i) => first.answers?.[i] === classes[i])
        : share((i) => argmax(evidence[i] as number[]) === winner(i));
    const others = Math.max(INT8_OTHERS.share, INT8_OTHERS.images / count);
    const ok =
      required === 'nothing' ||
      (required === 'evidence' ? same === 1 : 1 - answers <= (required === 'answers' ? 0 : others));
    return [{ id: row.id, ...(same === undefined ? {} : { evidence: same }), answers, required, ok }];
  });
}

function requirement(id: string, isAnn: boolean): Agreement['required'] {
  if (id.startsWith('wasmtime')) return 'answers';
  if (id.endsWith('stopping') || (ANN.test(id) && !isAnn)) return 'nothing';
  return id.endsWith('int8') || id.endsWith('int8-1') ? 'most answers' : 'evidence';
}

/** What a confidence is worth: how far it is from the share of right answers, and whether a margin tells right from wrong. */

export interface Answered {
  confidence: number;
  right: boolean;
}

const BINS = 15;

/** Expected calibration error (Guo et al. 2017), of fifteen bins: the mean gap between confidence and accuracy. */
export function calibrationError(answers: Answered[]): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0 }));
  for (const { confidence, right } of answers) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))] as (typeof bins)[0];
    bin.confidence += confidence;
    if (right) bin.right++;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / answers.length;
}

/**
 * Area under the ROC curve: the chance that a right answer has the larger margin of a right and a wrong one, ties by half
 * (Mann and Whitney). 0.5 is worth nothing; undefined where all are right, or none.
 */
export function areaUnderRoc(margins: ArrayLike<number>, right: boolean[]): number | undefined {
  const order = right.map((_, i) => i).sort((a, b) => (margins[a] as number) - (margins[b] as number));
  const rights = right.filter((r) => r).length;
  const wrongs = right.length - rights;
  if (rights === 0 || wrongs === 0) return undefined;
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && margins[order[to] as number] === margins[order[from] as number]) to++;
    // Places count from 1; equal margins share the middle of theirs.
    const place = (from + 1 + to) / 2;
    for (; from < to; from++) if (right[order[from] as number]) sum += place;
  }
  return (sum - (rights * (rights + 1)) / 2) / (rights * wrongs);
}

/** All options of a conversion. */
import type { TuneOptions } from '../tune/tune.ts';
import type { BuildOptions } from './build.ts';
import type { Point } from './points.ts';

export interface ConvertOptions extends BuildOptions, TuneOptions {
  method: 'qcfs' | 'robust' | 'light';
  /** Percentile of the robust normalization, 99.9 in the paper. */
  percentile: number;
  /** IF neurons after every global average pool, as in the paper's networks. */
  poolNeurons: boolean;
  /** Of `robust`: ceilings of those neurons, by the map that they pool, as in the paper, or by the pooled means. */
  poolCeilings: 'map' | 'means';
  /** Go on where the network seems to know nothing of the images. */
  force: boolean;
  /** Choose `steps`, from the depth and until the accuracy rises no more. */
  findSteps: boolean;
  /** Levels and steps to try; one where both are given. */
  points: Point[];
  /** 16-bit membranes where the range seen in calibration fits twice. */
  narrow: boolean;
}

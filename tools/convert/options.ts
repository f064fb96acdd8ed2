/** Everything that a conversion may be told. */
import type { AlphaMethod } from '../tune/alpha.ts';
import type { StopGoal } from '../tune/stop.ts';
import type { BuildOptions } from './build.ts';

export interface ConvertOptions extends BuildOptions {
  method: 'qcfs' | 'robust' | 'light';
  /** Percentile of the robust normalization, 99.9 in the paper. */
  percentile: number;
  alpha: AlphaMethod;
  /** Undefined: no stop table, every image runs all steps. */
  stop: StopGoal | undefined;
  /** IF neurons behind every global average pool, as in the paper's networks. */
  poolNeurons: boolean;
  /** 16-bit membranes where the range seen in calibration fits twice. */
  narrow: boolean;
}

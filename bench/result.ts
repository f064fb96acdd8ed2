/** What `npm run bench` finds out: docs/performance.json, with the figures beside it. */
import type { BatchRow } from './batch.ts';
import type { ChunkRow } from './chunks.ts';
import type { Agreement } from './compare.ts';
import type { BurstPrice, CurvePoint } from './curve.ts';
import type { ProcessorRow } from './microcontroller.ts';
import type { ProfileRow } from './profile.ts';
import type { Roofline } from './roofline.ts';
import type { Plan, Row } from './rounds.ts';
import type { Start } from './start.ts';

export interface TrialResult {
  id: string;
  network: string;
  spikes: string;
  note: string;
  /** Why nothing was measured. */
  missing?: string;
  steps: number;
  /** Share of the rotating images that the engine gets right: few images, for the order of magnitude. */
  accuracy?: number;
  rows: Row[];
  agreement: Agreement[];
}

export interface Performance {
  date: string;
  machine: { cpu: string; cores: number; node: string };
  plan: Plan;
  trials: TrialResult[];
  roofline?: Roofline;
  profile?: ProfileRow[];
  curve?: CurvePoint[];
  bursts?: BurstPrice[];
  start?: Start;
  batch?: BatchRow[];
  chunks?: ChunkRow[];
  microcontroller?: ProcessorRow[];
}

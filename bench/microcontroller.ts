/** Instructions on an emulated Cortex-M: bench/mcu does the work, this brings its rows here. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface ProcessorRow {
  id: string;
  runtime: string;
  processor: string;
  network: string;
  /** Instructions per synaptic operation, and per step without any. */
  perSop?: number;
  fixed?: number;
  neurons?: number;
  /** Why there are none. */
  error?: string;
}

export async function microcontroller(): Promise<ProcessorRow[]> {
  const file = join('.cache', 'bench', 'mcu.json');
  await promisify(execFile)(process.execPath, [join('bench', 'mcu', 'run.mjs'), '--json', '-o', file]);
  const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: ProcessorRow[] };
  return rows.map(({ id, runtime, processor, network, perSop, fixed, neurons, error }) => ({
    id,
    runtime,
    processor,
    network,
    ...(perSop === undefined ? {} : { perSop }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(neurons === undefined ? {} : { neurons }),
    ...(error === undefined ? {} : { error }),
  }));
}

/** Reads a `.snn` file that a command names. */
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { Model } from '../model.ts';
import { readWhole } from '../terminal/read.ts';
import { unpack } from './unpack.ts';

export async function readModel(path: string): Promise<{ bytes: Uint8Array; model: Model }> {
  const bytes = await readWhole(path, EXIT_MODEL);
  return { bytes, model: unpack(bytes, path) };
}

/** Reads a `.snn` file that a command names, and describes none that the engine refuses. */
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import { ModelError } from '../../host/messages.ts';
import { load } from '../../host/node.ts';
import type { Model } from '../model.ts';
import { Failure } from '../terminal/failure.ts';
import { readWhole } from '../terminal/read.ts';
import { checkMagic, sectionsOf, unpack } from './unpack.ts';

export async function readModel(path: string): Promise<{ bytes: Uint8Array; model: Model }> {
  const beginning = { bytes: 4, check: (head: Uint8Array) => checkMagic(head, path) };
  const bytes = await readWhole(path, EXIT_MODEL, beginning);
  // What is wrong with a header, this says in more words than the engine.
  sectionsOf(bytes, path);
  await checkByEngine(bytes, path);
  return { bytes, model: unpack(bytes, path) };
}

async function checkByEngine(bytes: Uint8Array, path: string): Promise<void> {
  try {
    await load(bytes, { simd: false });
  } catch (error) {
    throw error instanceof ModelError ? new Failure(EXIT_MODEL, `${path}: ${error.message}`) : error;
  }
}

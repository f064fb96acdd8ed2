/** Whether images are what a model takes. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Model } from '../model.ts';
import { Failure } from '../terminal/failure.ts';
import type { Dataset } from './dataset.ts';

/** @throws Failure naming both shapes. */
export function checkShape(
  path: string,
  data: Pick<Dataset, 'height' | 'width' | 'channels' | 'count'>,
  file: string,
  { input: [c, h, w] }: Pick<Model, 'input'>,
): void {
  if (data.count === 0) throw new Failure(EXIT_DATA, `${path}: no images in it; give others`);
  if (data.height === h && data.width === w && data.channels === c) return;
  throw new Failure(
    EXIT_DATA,
    `${path}: images are ${data.height}x${data.width}x${data.channels}, ${file} takes ${h}x${w}x${c}; convert them first`,
  );
}

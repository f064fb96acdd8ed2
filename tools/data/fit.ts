/** Whether images are what a network takes, and labels what it can answer. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Shape } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import type { Dataset } from './dataset.ts';

/** What a float network and a model have in common. */
interface Fitted {
  input: Shape;
  layers: { shape: Shape }[];
  exits: number[];
}

/**
 * `path` and `file` name the images and the network in messages; `least` images are needed.
 * @throws Failure where anything does not fit.
 */
export function checkFit(
  path: string,
  data: Omit<Dataset, 'labels'> & { labels?: Uint8Array },
  file: string,
  { input: [c, h, w], layers, exits }: Fitted,
  least = 1,
): void {
  const refuse = (what: string): never => {
    throw new Failure(EXIT_DATA, `${path}: ${what}`);
  };
  if (data.count === 0) refuse('no images in it; give others');
  if (data.count < least)
    refuse(`${data.count} images are too few; give at least ${least}, better thousands`);
  if (data.height !== h || data.width !== w || data.channels !== c) {
    const shape = `${data.height}x${data.width}x${data.channels}`;
    refuse(`images are ${shape}, ${file} takes ${h}x${w}x${c}; convert them first`);
  }
  const classes = layers[exits[0] as number]?.shape[0] as number;
  const wrong = data.labels?.findIndex((label) => label >= classes) ?? -1;
  if (wrong < 0) return;
  const label = `label ${data.labels?.[wrong]} of image ${wrong}`;
  refuse(`${label} is not one of the ${classes} classes of ${file}; check the labels`);
}

/** Opens what a command line names: IDX images with an IDX of labels, or CIFAR's binary files, which hold both. */
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from '../failure.ts';
import { isCifar, readCifar } from './cifar.ts';
import type { Dataset } from './dataset.ts';
import { readDataset, readImages } from './idx.ts';

export async function readLabelled(
  images: string,
  labels: string | undefined,
  part: 'train' | 'test',
): Promise<Dataset> {
  if (await isCifar(images)) {
    if (labels !== undefined)
      throw new Failure(EXIT_USAGE, `--labels: ${images} holds its labels; leave the option out`);
    return readCifar(images, part);
  }
  if (labels === undefined)
    throw new Failure(EXIT_USAGE, `--labels: ${images} has images only; name the file of their labels`);
  return readDataset(images, labels);
}

export async function readUnlabelled(images: string): Promise<Omit<Dataset, 'labels'>> {
  return (await isCifar(images)) ? readCifar(images, 'test') : readImages(images);
}

/** Opens what a command line names: IDX, CIFAR's binary files, folders of pictures by class, NumPy arrays. */
import { EXIT_DATA, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { isCifar, readCifar } from './cifar.ts';
import { type Dataset, slice } from './dataset.ts';
import { isImageFolder, readImageFolder, type Wanted } from './folder.ts';
import { readDataset, readImages } from './idx.ts';
import { isNumpy, readNumpy, readNumpyImages } from './numpy.ts';

/** The images wanted, with their labels; `part` picks the training or the test half of what holds both. */
export async function readLabelled(
  images: string,
  labels: string | undefined,
  part: 'train' | 'test',
  wanted: Wanted = {},
): Promise<Dataset> {
  const data = await readAll(images, labels, part, wanted);
  if (data.count > 0) return data;
  throw new Failure(EXIT_DATA, `${images}: no images left after --skip ${wanted.skip ?? 0}; skip fewer`);
}

async function readAll(
  images: string,
  labels: string | undefined,
  part: 'train' | 'test',
  wanted: Wanted,
): Promise<Dataset> {
  const { skip = 0, limit = Number.POSITIVE_INFINITY } = wanted;
  if (isNumpy(images)) return slice(await readNumpy(images, labels, part), skip, limit);
  if (await isImageFolder(images)) {
    refuseLabels(images, labels);
    return readImageFolder(images, part, wanted);
  }
  if (await isCifar(images)) {
    refuseLabels(images, labels);
    return slice(await readCifar(images, part), skip, limit);
  }
  if (labels === undefined)
    throw new Failure(EXIT_USAGE, `--labels: ${images} has images only; name the file of their labels`);
  return slice(await readDataset(images, labels), skip, limit);
}

export async function readUnlabelled(images: string, channels?: number): Promise<Omit<Dataset, 'labels'>> {
  if (isNumpy(images)) return readNumpyImages(images);
  if (await isImageFolder(images)) return readImageFolder(images, 'test', { channels });
  return (await isCifar(images)) ? readCifar(images, 'test') : readImages(images);
}

function refuseLabels(images: string, labels: string | undefined): void {
  if (labels !== undefined)
    throw new Failure(EXIT_USAGE, `--labels: ${images} holds its labels; leave the option out`);
}

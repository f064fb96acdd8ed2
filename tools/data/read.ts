/** Opens what a command line names: IDX, CIFAR's binary files, pictures, NumPy arrays; told apart by what is in them. */
import { EXIT_DATA, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { isCifar, isCifarFolder, readCifar } from './cifar.ts';
import { type Dataset, readBytes, slice } from './dataset.ts';
import { isFolder, readImageFolder, readLoosePictures, type Wanted } from './folder.ts';
import { readDataset, readImages } from './idx.ts';
import { mixed } from './mixed.ts';
import { isNumpy, readNumpy, readNumpyImages } from './numpy.ts';
import { isPicture } from './picture.ts';
import { readPictures } from './pictures.ts';

/** The images wanted, with their labels; `part` picks the training or the test half of what holds both. */
export async function readLabelled(
  images: string,
  labels: string | undefined,
  part: 'train' | 'test',
  wanted: Wanted = {},
): Promise<Dataset> {
  const data = await readAll(images, labels, part, wanted);
  if (data.count > 0) return data;
  throw nothingLeft(images, wanted.skip ?? 0);
}

export function nothingLeft(images: string, skip: number): Failure {
  return new Failure(EXIT_DATA, `${images}: no images left after --skip ${skip}; skip fewer`);
}

async function readAll(
  images: string,
  labels: string | undefined,
  part: 'train' | 'test',
  wanted: Wanted,
): Promise<Dataset> {
  const { skip = 0, limit = Number.POSITIVE_INFINITY, outputs } = wanted;
  const some = (all: Dataset): Dataset => slice(mixed(all), skip, limit);
  if (await isFolder(images)) {
    refuseLabels(images, labels);
    if (!(await isCifarFolder(images))) return readImageFolder(images, part, wanted);
    return some(await readCifar(images, part, outputs));
  }
  const bytes = await readBytes(images);
  if (isNumpy(images, bytes)) return some(await readNumpy(images, bytes, labels, part));
  if (isCifar(images, bytes)) {
    refuseLabels(images, labels);
    return some(await readCifar(images, part, outputs, bytes));
  }
  if (isPicture(bytes))
    throw new Failure(EXIT_DATA, `${images}: one picture without a label; give a folder of them by class`);
  if (labels === undefined)
    throw new Failure(EXIT_USAGE, `--labels: ${images} has images only; name the file of their labels`);
  return some(await readDataset(images, labels, bytes));
}

export async function readUnlabelled(
  images: string,
  { input }: Pick<Wanted, 'input'> = {},
): Promise<Omit<Dataset, 'labels'>> {
  if (await isFolder(images))
    return (await isCifarFolder(images)) ? readCifar(images, 'test') : readLoosePictures(images, input);
  const bytes = await readBytes(images);
  if (isNumpy(images, bytes)) return readNumpyImages(images, bytes);
  if (isPicture(bytes)) return readPictures([{ path: images, label: 0 }], input);
  return isCifar(images, bytes) ? readCifar(images, 'test', undefined, bytes) : readImages(images, bytes);
}

function refuseLabels(images: string, labels: string | undefined): void {
  if (labels !== undefined)
    throw new Failure(EXIT_USAGE, `--labels: ${images} holds its labels; leave the option out`);
}

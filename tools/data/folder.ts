/**
 * A folder of pictures per class, as torchvision's ImageFolder reads it: <path>/<class>/**, links followed, also below
 * train/ and test/ (or val/). Classes have the numbers of their names in the network, else the order of the names. The
 * pictures come in a fixed random order: as the folders have them, the first thousand would all be of one class.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Shape } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import type { Dataset } from './dataset.ts';
import { type PictureFile, readPictures } from './pictures.ts';
import { shuffled } from './random.ts';

const MOST_CLASSES = 256;
const PARTS = { train: ['train', 'training'], test: ['test', 'testing', 'val', 'valid', 'validation'] };
const ALL_PARTS = [...PARTS.train, ...PARTS.test];

const READ = ['.png', '.jpg', '.jpeg', '.pgm', '.ppm', '.pnm'];
/** Pictures to ImageFolder, or to those who made the folder: leaving them out in silence would be another data set. */
const UNREAD = ['.bmp', '.tif', '.tiff', '.webp', '.gif', '.jp2', '.heic', '.avif'];

export interface Wanted {
  skip?: number | undefined;
  limit?: number | undefined;
  /** What the network takes. */
  input?: Shape | undefined;
  /** Names of the classes in the network's order, where it knows them. */
  classes?: string[] | undefined;
  /** How many classes the network has. */
  outputs?: number | undefined;
  /** Folders of other names may stand for them, in order. */
  rename?: boolean;
}

interface Folder {
  name: string;
  pictures: string[];
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** With labels; only the pictures wanted are decoded. */
export async function readImageFolder(
  path: string,
  part: 'train' | 'test',
  { skip = 0, limit = Number.POSITIVE_INFINITY, input, classes: known, rename = false }: Wanted = {},
): Promise<Dataset> {
  const root = await partOf(path, part, known);
  const folders = await classFolders(root);
  if (folders.every((f) => f.pictures.length === 0)) throw noPictures(root, await looseIn(root));
  const { names, labels } = numberClasses(root, folders, known, rename);
  if (names.length > MOST_CLASSES)
    throw new Failure(EXIT_DATA, `${root}: ${names.length} classes; at most ${MOST_CLASSES} are supported`);
  const files = folders.flatMap(({ pictures }, f) =>
    pictures.map((picture): PictureFile => ({ path: picture, label: labels[f] as number })),
  );
  const order = shuffled(files.length, 1).slice(skip, skip + limit);
  const data = await readPictures(
    order.map((i) => files[i] as PictureFile),
    input,
  );
  return { ...data, classes: names };
}

/** All pictures of a folder, by class or loose, for those who need no labels. */
export async function readLoosePictures(path: string, input?: Shape): Promise<Omit<Dataset, 'labels'>> {
  const loose = await looseIn(path);
  if (loose.length > 0)
    return readPictures(
      loose.map((file) => ({ path: file, label: 0 })),
      input,
    );
  const folders = await classFolders(await partOf(path, 'test', undefined));
  const files = folders.flatMap((f) => f.pictures);
  if (files.length === 0) throw noPictures(path, []);
  const order = shuffled(files.length, 1);
  return readPictures(
    order.map((i) => ({ path: files[i] as string, label: 0 })),
    input,
  );
}

/** Number of every folder's class, and the names of all classes in order. */
function numberClasses(
  root: string,
  folders: Folder[],
  known: string[] | undefined,
  rename: boolean,
): { names: string[]; labels: number[] } {
  const empty = folders.find((f) => f.pictures.length === 0);
  const numbers = folders.map((f) => (known ?? []).findIndex((k) => same(k, f.name)));
  const isRenamed = rename && numbers.every((n) => n < 0) && folders.length === known?.length;
  if (known === undefined || known.length === 0 || isRenamed) {
    // Whether it counts as a class, only whoever trained the network could tell.
    if (empty !== undefined) {
      const where = join(root, empty.name);
      throw new Failure(EXIT_DATA, `${where}: no picture that can be read in it; fill it or take it away`);
    }
    return {
      names: isRenamed ? (known as string[]) : folders.map((f) => f.name),
      labels: folders.map((_, i) => i),
    };
  }
  const stranger = numbers.findIndex((n, f) => n < 0 && (folders[f] as Folder).pictures.length > 0);
  if (stranger >= 0) {
    const where = join(root, (folders[stranger] as Folder).name);
    throw new Failure(
      EXIT_DATA,
      `${where}: no class of the network has this name (${known.join(', ')}); rename or move the folder`,
    );
  }
  return { names: known, labels: numbers };
}

/** However the file system spells letters with accents. */
function same(a: string, b: string): boolean {
  return a.normalize('NFC') === b.normalize('NFC');
}

/** The folder itself, or its train/ or test/; whatever stands beside these is not looked at. */
async function partOf(path: string, part: 'train' | 'test', known: string[] | undefined): Promise<string> {
  const names = (await folderNames(path)).filter((name) => !known?.some((k) => same(k, name)));
  const parts: string[] = [];
  for (const name of names) {
    if (!ALL_PARTS.includes(name.toLowerCase())) continue;
    const below = await classFolders(join(path, name));
    if (below.some((f) => f.pictures.length > 0)) parts.push(name);
  }
  if (parts.length === 0) return path;
  for (const wanted of PARTS[part]) {
    const found = parts.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return join(path, found);
  }
  throw new Failure(
    EXIT_DATA,
    `${path}: ${parts.join(', ')}, but no folder ${PARTS[part].join(' or ')} with pictures by class in it`,
  );
}

/** Folders of `root` by name, with all pictures below them. */
async function classFolders(root: string): Promise<Folder[]> {
  const names = await folderNames(root);
  return Promise.all(
    names.map(async (name) => ({ name, pictures: await picturesBelow(join(root, name), []) })),
  );
}

/** Folders and links to folders, in the order of Python's `sorted`; what begins with . or _ is for machines. */
async function folderNames(root: string): Promise<string[]> {
  const names = await visible(root);
  const isThere = await Promise.all(names.map((name) => isFolder(join(root, name))));
  return names.filter((_, i) => isThere[i]);
}

async function visible(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !/^[._]/.test(name));
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** `above`: the folders that lead here, lest a link goes round in a circle. */
async function picturesBelow(folder: string, above: string[]): Promise<string[]> {
  const real = await realpath(folder);
  if (above.includes(real)) return [];
  const pictures: string[] = [];
  const deeper: string[] = [];
  for (const name of await visible(folder)) {
    const path = join(folder, name);
    if (isReadable(path)) pictures.push(path);
    else if (await isFolder(path)) deeper.push(path);
  }
  for (const path of deeper) pictures.push(...(await picturesBelow(path, [...above, real])));
  return pictures;
}

/** Pictures that lie in the folder itself. */
async function looseIn(folder: string): Promise<string[]> {
  return (await visible(folder)).map((name) => join(folder, name)).filter(isReadable);
}

/** @throws Failure for a picture that cannot be read */
function isReadable(path: string): boolean {
  const type = extname(path).toLowerCase();
  if (UNREAD.includes(type))
    throw new Failure(EXIT_DATA, `${path}: ${type.slice(1)} cannot be read; save it as PNG, or take it away`);
  return READ.includes(type);
}

function noPictures(path: string, loose: string[]): Failure {
  if (loose.length === 0)
    return new Failure(
      EXIT_DATA,
      `${path}: neither pictures in folders by class nor CIFAR's binary files in it; see docs/data.md`,
    );
  const first = basename(loose[0] as string);
  return new Failure(
    EXIT_DATA,
    `${path}: pictures such as ${first} lie in no folder of a class; make one per class, named as it is`,
  );
}

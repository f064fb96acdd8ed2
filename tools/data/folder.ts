/**
 * A folder of pictures per class, as torchvision's ImageFolder reads it: <path>/<class>/*.png, also below train/ and
 * test/ (or val/). Classes are numbered in the order of their names. The pictures come in a fixed random order: as the
 * folders have them, the first thousand would all be of one class.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { type Dataset, readBytes } from './dataset.ts';
import { decodePicture, isPicture, type Picture } from './picture.ts';
import { shuffled } from './random.ts';

/** Pictures that are open at the same time. */
const AT_ONCE = 64;
const MOST_CLASSES = 256;

const PARTS = { train: ['train', 'training'], test: ['test', 'val', 'valid', 'validation'] };

export interface Wanted {
  skip?: number | undefined;
  limit?: number | undefined;
  /** Colours that the network takes: grey pictures become three equal ones, and three equal ones grey. */
  channels?: number | undefined;
}

/** A folder with pictures in folders of it, or in folders of train/, test/ or val/. */
export async function isImageFolder(path: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return false;
  const parts = [path, ...[...PARTS.train, ...PARTS.test].map((p) => join(path, p))];
  for (const part of parts) if ((await classFolders(part)).length > 0) return true;
  return false;
}

/** Only the pictures wanted are decoded. */
export async function readImageFolder(
  path: string,
  part: 'train' | 'test',
  { skip = 0, limit = Number.POSITIVE_INFINITY, channels }: Wanted = {},
): Promise<Dataset> {
  const root = await partOf(path, part);
  const classes = await classFolders(root);
  if (classes.length > MOST_CLASSES)
    throw new Failure(EXIT_DATA, `${root}: ${classes.length} classes; at most ${MOST_CLASSES} are supported`);
  const files = await listPictures(root, classes);
  const order = shuffled(files.length, 1).slice(skip, skip + limit);
  const chosen = order.map((i) => files[i] as { path: string; label: number });
  const pictures: Picture[] = [];
  for (let first = 0; first < chosen.length; first += AT_ONCE) {
    const some = chosen.slice(first, first + AT_ONCE);
    pictures.push(
      ...(await Promise.all(some.map(async (f) => decodePicture(await readBytes(f.path), f.path)))),
    );
  }
  const { width, height } = pictures[0] ?? { width: 0, height: 0 };
  const odd = pictures.findIndex((p) => p.width !== width || p.height !== height);
  if (odd >= 0) {
    const [a, b] = [pictures[odd], pictures[0]].map((p) => `${p?.height}x${p?.width}`);
    throw new Failure(
      EXIT_DATA,
      `${chosen[odd]?.path}: ${a}, ${chosen[0]?.path} is ${b}; scale all to one size`,
    );
  }
  const colours = channels ?? (pictures.every((p) => p.grey) ? 1 : 3);
  const coloured = colours === 1 ? pictures.findIndex((p) => !p.grey) : -1;
  if (coloured >= 0)
    throw new Failure(
      EXIT_DATA,
      `${chosen[coloured]?.path}: has colours, the network takes grey; convert it`,
    );
  const images = new Uint8Array(pictures.length * width * height * colours);
  pictures.forEach(({ pixels }, i) => {
    const from = i * width * height * colours;
    if (colours === 3) images.set(pixels, from);
    else for (let p = 0; p < width * height; p++) images[from + p] = pixels[3 * p] as number;
  });
  return {
    count: pictures.length,
    height,
    width,
    channels: colours,
    images,
    labels: Uint8Array.from(chosen, (f) => f.label),
    classes: classes.map((c) => c.name),
  };
}

async function partOf(path: string, part: 'train' | 'test'): Promise<string> {
  if ((await classFolders(path)).length > 0) return path;
  for (const name of PARTS[part]) {
    if ((await classFolders(join(path, name))).length > 0) return join(path, name);
  }
  throw new Failure(EXIT_DATA, `${path}: no folder ${PARTS[part].join(' or ')} with pictures by class in it`);
}

/** Folders of `root` with at least one picture in them, by name. */
async function classFolders(root: string): Promise<{ name: string; pictures: string[] }[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = await Promise.all(
    entries
      .filter((e) => e.isDirectory())
      .map(async ({ name }) => ({
        name,
        pictures: (await readdir(join(root, name))).filter(isPicture).sort(),
      })),
  );
  return folders.filter((f) => f.pictures.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function listPictures(
  root: string,
  classes: { name: string; pictures: string[] }[],
): Promise<{ path: string; label: number }[]> {
  return classes.flatMap(({ name, pictures }, label) =>
    pictures.map((picture) => ({ path: join(root, name, picture), label })),
  );
}

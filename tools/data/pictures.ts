/** Picture files into one array of bytes: all of one size, in the colours that the network takes. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Shape } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { type Dataset, readBytes } from './dataset.ts';
import { decodePictures, type Picture } from './picture.ts';

/** Files that are open at the same time. */
const AT_ONCE = 64;

export interface PictureFile {
  path: string;
  label: number;
}

/** `input`: what the network takes; grey pictures become three equal colours, and three equal ones grey. */
export async function readPictures(files: PictureFile[], input?: Shape): Promise<Dataset> {
  const pictures: (Picture & PictureFile)[] = [];
  const most = mostPixels(input);
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const some = files.slice(first, first + AT_ONCE);
    const decoded = await Promise.all(
      some.map(async (file) => {
        const found = await decodePictures(await readBytes(file.path), file.path, most);
        return found.map((picture) => ({ ...picture, ...file }));
      }),
    );
    pictures.push(...decoded.flat());
  }
  const { width, height } = pictures[0] ?? { width: 0, height: 0 };
  const odd = pictures.find((p) => p.width !== width || p.height !== height);
  if (odd !== undefined) {
    const [a, b] = [odd, pictures[0]].map((p) => `${p?.height}x${p?.width}`);
    throw new Failure(EXIT_DATA, `${odd.path}: ${a}, ${pictures[0]?.path} is ${b}; scale all to one size`);
  }
  const colours = coloursOf(input, width * height) ?? (pictures.every((p) => p.grey) ? 1 : 3);
  const coloured = colours === 1 ? pictures.find((p) => !p.grey) : undefined;
  if (coloured !== undefined)
    throw new Failure(EXIT_DATA, `${coloured.path}: has colours, the network takes grey; convert it`);
  const size = width * height * colours;
  const images = new Uint8Array(pictures.length * size);
  pictures.forEach(({ pixels }, i) => {
    if (colours === 3) images.set(pixels, i * size);
    else for (let p = 0; p < size; p++) images[i * size + p] = pixels[3 * p] as number;
  });
  return {
    count: pictures.length,
    height,
    width,
    channels: colours,
    images,
    labels: Uint8Array.from(pictures, (p) => p.label),
    files: pictures.map((p) => p.path),
  };
}

/** What no network here can take is not unpacked: a folder of such pictures would fill the memory. */
function mostPixels(input: Shape | undefined): number | undefined {
  return input === undefined ? undefined : Math.max(input[0], input[1] * input[2], LEAST_PIXELS);
}

/** Small enough to be unpacked for a message that tells both sizes. */
const LEAST_PIXELS = 2 ** 18;

/** 1 or 3 where the network tells: a flat input of 3·h·w values wants colours. */
function coloursOf(input: Shape | undefined, pixels: number): number | undefined {
  if (input === undefined) return undefined;
  const [channels, height, width] = input;
  if (height * width > 1) return channels;
  return [1, 3].find((c) => c * pixels === channels);
}

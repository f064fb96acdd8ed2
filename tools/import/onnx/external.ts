/** Weights that lie beside the `.onnx` file, as large or newly exported networks have them. */
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { Failure } from '../../terminal/failure.ts';
import { readWholeSync } from '../../terminal/read.ts';
import type { Raw } from './nodes.ts';
import { badFile } from './refusal.ts';

/** The bytes of a file by its location, relative to the `.onnx` file. */
export type ReadExternal = (location: string) => Uint8Array;

/** Reads beside `file`. */
export function externalReader(file: string): ReadExternal {
  return (location) => read(file, location);
}

/** For networks that must be whole: damaged files, and bytes without a folder. */
export function noExternal(file: string): ReadExternal {
  return (location) => {
    throw badFile(
      file,
      `weights in "${location}" are not at hand; give the path of the .onnx file, with it beside`,
    );
  };
}

/** A tensor's bytes in its external file. */
export function externalBytes(t: Raw, file: string, name: string, readExternal: ReadExternal): Uint8Array {
  const entries = new Map(
    ((t.external_data ?? []) as Raw[]).map((entry) => [String(entry.key), String(entry.value)]),
  );
  const location = entries.get('location') ?? '';
  const bytes = readExternal(location);
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? bytes.length - offset);
  const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!inside || offset + length > bytes.length)
    throw badFile(file, `tensor "${name}": "${location}" is too short; copy it again, whole`);
  return bytes.subarray(offset, offset + length);
}

function read(file: string, location: string): Uint8Array {
  const path = normalize(location);
  if (location === '' || isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`))
    throw badFile(file, `weights in "${location}": not beside the file; move them there and export again`);
  const folder = dirname(file);
  try {
    // A link beside the file may lead anywhere.
    const inside = relative(realpathSync(folder), realpathSync(join(folder, path)));
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))
      throw badFile(file, `weights in "${location}": a link out of the folder; put the file itself there`);
    return readWholeSync(join(folder, path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw badFile(file, `weights in "${location}" cannot be read (${code}); put that file beside the .onnx`);
  }
}

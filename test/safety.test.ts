/** docs/safety.md, line by line: its limits are those of the code, its premises are checked, its indices are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as ENGINE from '../assembly/shared/limits.ts';
import { load } from '../host/node.ts';
import { pack } from '../tools/file/pack.ts';
import * as TOOLS from '../tools/limits.ts';
import type { Model } from '../tools/model.ts';
import { IMAGE } from '../tools/network.ts';
import { CHECKS } from './model/checks.ts';
import { Random, randomModel } from './models/random.ts';

const page = readFileSync('docs/safety.md', 'utf8');

/** Cells of all rows whose first cell is like `first`; a bar inside a cell is escaped. */
function rows(first: RegExp): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/ \| /)
        .map((cell) => cell.replaceAll('\\|', '|').trim()),
    )
    .filter(([cell = '']) => first.test(cell));
}

const code = (cell = ''): string => /`([^`]+)`/.exec(cell)?.[1] ?? '';
/** Line breaks are the formatter's. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('( ', '(');
const source = (file: string): string => flat(readFileSync(file, 'utf8'));

describe('limits', () => {
  const numbers = (from: object): [string, number][] =>
    Object.entries(from).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  const table = rows(/^`(MAX|MOST)_/);

  test.each(table)('%s is %s, and checked in %s', (name, value, file) => {
    const limits = new Map([...numbers(ENGINE), ...numbers(TOOLS)]);
    expect(String(limits.get(code(name)))).toBe(value);
    // Used, not only imported; the engine imports all of them as L.
    const [used, least] = code(file).startsWith('assembly/') ? [`L\\.${code(name)}`, 1] : [code(name), 2];
    const found = source(code(file)).match(new RegExp(`\\b${used}\\b`, 'g')) ?? [];
    expect(found.length).toBeGreaterThanOrEqual(least);
  });

  test('all are in the table, but for what the converter keeps', () => {
    const names = [...numbers(ENGINE), ...numbers(TOOLS)].map(([name]) => name);
    const kept = ['MAX_ALPHA', 'NEVER'];
    expect(
      table
        .map(([name]) => code(name))
        .concat(kept)
        .sort(),
    ).toEqual(names.sort());
  });
});

describe('premises', () => {
  const premises = rows(/^P\d+$/);
  const broken = new Set(CHECKS.flatMap(([, checks]) => checks.map(({ name }) => name)));

  test('are numbered', () => {
    expect(premises.map(([name]) => name)).toEqual(premises.map((_, i) => `P${i + 1}`));
    expect(premises.length).toBeGreaterThan(20);
  });

  test.each(premises)('%s: %s', (_name, _premise, file, by, breaks) => {
    expect(source(`assembly/model/${code(file)}`)).toContain(flat(code(by)));
    expect(broken).toContain(breaks);
  });
});

describe('indices', () => {
  const indices = rows(/^`assembly\//).filter((cells) => cells.length === 3);

  test.each(indices)('%s: %s', (file, what, why) => {
    expect(source(code(file))).toContain(flat(code(what)));
    const known = new Set(rows(/^P\d+$/).map(([name]) => name));
    for (const [name] of why?.matchAll(/\bP\d+\b/g) ?? []) expect(known).toContain(name);
  });

  test('every file that runs on a model is there', () => {
    const files = ['kernels', 'fusion'].flatMap((room) =>
      readdirSync(`assembly/${room}`).map((file) => `assembly/${room}/${file}`),
    );
    const there = new Set(indices.map(([file]) => code(file)));
    expect([...files, 'assembly/gather.ts', 'assembly/layer.ts'].filter((file) => !there.has(file))).toEqual(
      [],
    );
  });

  test('every premise is needed by one of them, or by the others', () => {
    // Sections, records, sources and bits are what all offsets are made of.
    const used = new Set(
      [...page.slice(page.indexOf('file by file')).matchAll(/\bP\d+\b/g)].map(([name]) => name),
    );
    const silent = rows(/^P\d+$/)
      .map(([name]) => name as string)
      .filter((name) => !used.has(name));
    expect(silent).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P9', 'P13', 'P14', 'P16', 'P26']);
  });
});

/** Additions that one step can take. */
function bound(model: Model): number {
  let sum = 0;
  for (const { shape, projections } of model.layers) {
    for (const { source: from, kernel, groups } of projections) {
      if (from === IMAGE) continue;
      const inputs = model.layers[from]?.shape[0] as number;
      sum += shape[1] * shape[2] * kernel[0] * kernel[1] * (inputs / groups) * shape[0];
    }
  }
  return sum;
}

test('no image costs more than is known before: memory by measure, time by the records', async () => {
  let most = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const model = randomModel(seed);
    const net = await load(pack(model));
    expect(net.info.arenaBytes).toBeLessThanOrEqual(ENGINE.MAX_ARENA);
    const [channels, height, width] = model.input;
    const r = new Random(seed);
    for (const image of [
      r.bytes(channels * height * width),
      new Uint8Array(channels * height * width).fill(255),
    ]) {
      let steps = 0;
      for (const step of net.run(image, { mayStop: false })) {
        steps++;
        const work = [...step.sops, ...step.comparisons].reduce((a, b) => a + b, 0);
        expect(work, `seed ${seed}`).toBeLessThanOrEqual(bound(model));
        if (bound(model) > 0) most = Math.max(most, work / bound(model));
      }
      expect(steps).toBe(model.steps);
    }
  }
  // The bound is one that networks come near.
  expect(most).toBeGreaterThan(0.5);
});

/** Firmware on emulated boards: every decision, step and spike count as in Node, nothing written to flash, RAM as asked for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Row {
  board: string;
  runtime: string;
  network: string;
  model: 'in flash' | 'copied';
  missing?: string;
  error?: string;
  images: number;
  flash: number;
  model_bytes: number;
  ram: number;
  linear: number;
  asked: number;
  stack: number;
  per_step: number;
  mean: number;
  worst: number;
}

function boards(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['boards/run.mjs', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    timeout: 900_000,
  });
  return { code: status, stdout, stderr };
}

const KIB = 1024;
const PAGE = 64 * KIB;
const RAM: Record<string, number> = { stm32f405: 128 * KIB, rp2040: 264 * KIB };

describe('the sample of npm run boards', { timeout: 900_000 }, () => {
  const { code, stdout, stderr } = boards('--sample', '--json');
  const { rows } = JSON.parse(stdout || '{"rows":[]}') as { rows: Row[] };
  const find = (board: string, runtime: string, network = 'mnist-tiny'): Row =>
    rows.find((r) => r.board === board && r.runtime === runtime && r.network === network) as Row;

  test('ran', () => {
    expect({ code, errors: rows.filter((r) => r.error !== undefined) }, stderr).toEqual({
      code: 0,
      errors: [],
    });
    expect(rows.length).toBeGreaterThan(12);
  });

  // Answers are compared by boards/matrix.mjs: a row that differs from Node is an error.
  for (const row of rows)
    test(`${row.board}, ${row.runtime}, ${row.network}`, (context) => {
      if (row.missing !== undefined && !process.env.CI) context.skip(row.missing);
      expect(row).not.toHaveProperty('missing');
      expect(row.images).toBeGreaterThan(1);
      const wholePages = /wamr|wasm3/.test(row.runtime);
      expect(row.linear).toBe(wholePages ? Math.ceil(row.asked / PAGE) * PAGE : row.asked);
      expect(row.ram).toBeLessThan(RAM[row.board] ?? 4096 * KIB);
    });

  test('50 digits on the STM32F405 under WAMR and on the RP2040; flash and RAM as promised', (context) => {
    const wamr = find('stm32f405', 'wamr');
    const rp2040 = find('rp2040', 'wasm2c');
    const unchecked = find('stm32f405', 'wasm2c-unchecked');
    if (!process.env.CI && [wamr, rp2040, unchecked].some((r) => r.missing !== undefined)) context.skip();
    expect([wamr.images, rp2040.images]).toEqual([50, 50]);
    expect(wamr.flash - wamr.model_bytes).toBeLessThan(96 * KIB);
    expect(unchecked.flash - unchecked.model_bytes).toBeLessThan(24 * KIB);
    expect(find('stm32f405', 'wasm2c').ram).toBeLessThan(64 * KIB);
  });
});

describe('the table of the READMEs', () => {
  const { rows } = JSON.parse(readFileSync('boards/measured.json', 'utf8')) as { rows: Row[] };
  const printed = (ids: string[]): string =>
    boards('--from', 'boards/measured.json', '--markdown', '--board', ids.join(',')).stdout.trim();

  test.each([
    ['boards/README.md', ['stm32f405', 'an385', 'an386', 'an500', 'an547', 'rp2040', 'riscv']],
    ['boards/cortex-m/README.md', ['stm32f405', 'an385', 'an386', 'an500', 'an547']],
    ['boards/rp2040/README.md', ['rp2040']],
    ['boards/riscv/README.md', ['riscv']],
  ])('%s: boards/run.mjs --from boards/measured.json --markdown', (page, ids) => {
    expect(readFileSync(page, 'utf8')).toContain(printed(ids));
  });

  test('has 50 digits under WAMR on the STM32F405 and on the RP2040, at least 10 elsewhere, and no wrong answer', () => {
    const ran = rows.filter((r) => r.images !== undefined);
    expect(
      rows.filter((r) => r.error !== undefined && !/does not fit|hard fault|room: /.test(r.error)),
    ).toEqual([]);
    for (const row of ran) expect(row.images, `${row.board} ${row.runtime}`).toBeGreaterThanOrEqual(10);
    for (const board of ['stm32f405', 'rp2040'])
      expect(ran.some((r) => r.board === board && r.runtime === 'wamr' && r.images >= 50)).toBe(true);
  });
});

test('an unknown board or runtime is refused with the ones there are', () => {
  for (const [flag, known] of [
    ['--board', 'stm32f405'],
    ['--runtime', 'wasm2c'],
  ] as const) {
    const { code, stderr } = boards(flag, 'zx81');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${flag} zx81: known are`) });
    expect(stderr).toContain(known);
  }
});

test('a missing compiler or emulator is named, and never a green row', () => {
  const args = ['boards/run.mjs', '--sample', '--json', '--board', 'an385'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, PATH: '' } });
  const { rows } = JSON.parse(run.stdout) as { rows: Row[] };
  expect(rows).toHaveLength(1);
  expect(rows[0]?.missing).toMatch(/^install /);
  expect(rows[0]).not.toHaveProperty('images');
});

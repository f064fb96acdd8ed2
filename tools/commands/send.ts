/** snn send: images to a board that listens, or to its emulator; answers one line each, as snn run prints them. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HEADER_CRC } from '../../assembly/shared/format.ts';
import { EXIT_DATA, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { load, type Network } from '../../host/node.ts';
import { readUnlabelled } from '../data/read.ts';
import { readModel } from '../file/read.ts';
import { Board, type BoardAnswer, type BoardStep } from '../serial/board.ts';
import { type Link, openEmulator, openPort } from '../serial/link.ts';
import { TextBoard } from '../serial/text.ts';
import { Failure } from '../terminal/failure.ts';
import { wholeNumber } from '../terminal/options.ts';
import { printable } from '../terminal/printable.ts';

interface Flags {
  model?: string;
  runtime: string;
  baud: number;
  skip: number;
  limit?: number;
  golden?: string;
  text?: boolean;
  json?: boolean;
  wait: number;
}

export function register(program: Command): void {
  program
    .command('send')
    .description('classify images on a board that listens: snn flash --listen')
    .argument(
      '<board>',
      'a serial port; or an emulator: stm32f405, an385, an386, an500, an547, riscv, rp2040',
    )
    .argument('<images...>', 'as snn run takes them')
    .option(
      '--model <file>',
      'what the board has: names classes, compares every answer; an emulator is built with it',
    )
    .option('--runtime <name>', "the emulator's: wasm2c, wasm2c-unchecked, …, as of snn flash", 'wasm2c')
    .option('--baud <n>', "the serial port's", wholeNumber(300), 115200)
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most this many images', wholeNumber(1))
    .option('--golden <file>', 'compare what every layer does in every step with lines of test/golden')
    .option('--text', "by MLPerf Tiny's text commands instead of frames: slower")
    .option('--wait <seconds>', 'for an answer', wholeNumber(1), 60)
    .option('--json', 'one JSON object per line')
    .action(send);
}

async function send(where: string, paths: string[], flags: Flags): Promise<void> {
  const { model: file, runtime, baud, wait, text, golden } = flags;
  if (text && golden !== undefined)
    throw new Failure(EXIT_USAGE, '--golden: text commands tell no layers; leave --text out');
  const bytes = file === undefined ? undefined : (await readModel(file)).bytes;
  const net = bytes === undefined ? undefined : await load(bytes);
  const data = await imagesOf(paths, flags, net);
  const link = isPort(where) ? await openPort(where, baud) : emulator(where, file, runtime);
  try {
    if (text) await sendText(link, isPort(where) ? 1 : wait, data, net, flags);
    else {
      const board = await Board.connect(link, { start: 1000 * wait, answer: 1000 * wait });
      if (bytes !== undefined) checkModel(board, bytes, file as string);
      if (golden === undefined) await sendFrames(board, data, net, flags);
      else await sendGolden(board, data, golden);
    }
  } finally {
    link.close();
  }
}

function isPort(where: string): boolean {
  return /[/\\]|^COM\d+$/i.test(where);
}

function emulator(board: string, file: string | undefined, runtime: string): Link {
  if (file === undefined)
    throw new Failure(
      EXIT_USAGE,
      `--model: the emulator of ${board} is built with it; a serial port begins with / or COM`,
    );
  return openEmulator({ board, model: resolve(file), runtime });
}

async function imagesOf(paths: string[], { skip, limit }: Flags, net?: Network): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (const path of paths) {
    const { images, count } = await readUnlabelled(
      path,
      net && { input: [net.info.input.channels, net.info.input.height, net.info.input.width] },
    );
    const size = images.length / count;
    for (let i = 0; i < count; i++) all.push(images.subarray(i * size, (i + 1) * size));
  }
  const chosen = all.slice(skip, skip + (limit ?? all.length));
  if (chosen.length > 0) return chosen;
  throw new Failure(EXIT_DATA, `${paths.join(', ')}: no images left after --skip ${skip}; skip fewer`);
}

function checkModel({ network }: Board, bytes: Uint8Array, file: string): void {
  const crc = Buffer.from(bytes).readUInt32LE(HEADER_CRC);
  if (crc !== network.crc)
    throw new Failure(
      EXIT_DATA,
      `${file}: the board has another model (CRC ${hex(network.crc)}, not ${hex(crc)}); flash it`,
    );
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');

async function sendFrames(
  board: Board,
  images: Uint8Array[],
  net: Network | undefined,
  flags: Flags,
): Promise<void> {
  const { imageBytes, unit } = board.network;
  const wrong = images.find((image) => image.length !== imageBytes);
  if (wrong !== undefined)
    throw new Failure(
      EXIT_DATA,
      `images have ${wrong.length} bytes, the board's network takes ${imageBytes}`,
    );
  for (const [i, image] of images.entries()) {
    const answer = await board.classify(image);
    print(i + flags.skip, answer, unit, net, flags);
    if (net !== undefined) compare(i + flags.skip, answer, net, image);
  }
}

async function sendText(
  link: Link,
  startSeconds: number,
  images: Uint8Array[],
  net: Network | undefined,
  flags: Flags,
): Promise<void> {
  const board = new TextBoard(link, 1000 * flags.wait);
  // A board at a port runs already.
  await board.started(1000 * startSeconds);
  for (const [i, image] of images.entries()) {
    const answer = await board.classify(image);
    print(i + flags.skip, answer, board.unit, net, flags);
    if (net !== undefined) compare(i + flags.skip, answer, net, image);
  }
}

function print(
  image: number,
  answer: BoardAnswer,
  unit: string,
  net: Network | undefined,
  { json }: Flags,
): void {
  const { count, ...rest } = answer;
  const label = net?.info.labels[answer.class] ?? String(answer.class);
  if (json) {
    console.log(JSON.stringify({ image, label, ...rest, [unit]: count }));
    return;
  }
  const percent = (100 * answer.confidence).toFixed(1);
  console.log(
    `${String(image).padStart(6)}  ${printable(label).padEnd(8)}  step ${String(answer.steps).padStart(4)}  exit ${answer.exit}  ${percent.padStart(5)} %  ${count.toLocaleString('en').padStart(12)} ${unit}`,
  );
}

/** With what Node answers, to the bit. */
function compare(image: number, answer: BoardAnswer, net: Network, pixels: Uint8Array): void {
  const steps = [...net.run(pixels)];
  const last = steps.at(-1) as (typeof steps)[number];
  const total = steps.reduce<number[]>((sum, { spikes }) => spikes.map((n, l) => n + (sum[l] ?? 0)), []);
  const told = [
    answer.class,
    answer.exit,
    answer.steps,
    answer.margin,
    answer.confidence,
    ...(answer.spikes ?? []),
  ];
  const here = [
    last.class,
    last.exit,
    last.step,
    last.margin,
    last.posterior[last.class],
    ...(answer.spikes ? total : []),
  ];
  if (told.join() !== here.join())
    throw new Failure(
      EXIT_DATA,
      `image ${image}: the board answers ${told.join(' ')}, Node ${here.join(' ')}`,
    );
}

/** Lines of test/golden, image by image. */
async function sendGolden(board: Board, images: Uint8Array[], path: string): Promise<void> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const golden = lines.map((line) => JSON.parse(line) as BoardStep & { image: number });
  let compared = 0;
  for (const [i, image] of images.entries()) {
    const wanted = golden.filter((line) => line.image === i);
    if (wanted.length === 0) break;
    const steps = await board.trace(image);
    for (const { step, layers } of wanted) {
      const told = steps.find((s) => s.step === step)?.layers ?? [];
      const l = layers.findIndex((layer, at) => layer !== told[at]);
      if (l >= 0)
        throw new Failure(
          EXIT_DATA,
          `image ${i}, step ${step}, layer ${l}: ${told[l] ?? 'nothing'} on the board, ${layers[l]} in ${path}`,
        );
      compared++;
    }
  }
  if (compared === 0) throw new Failure(EXIT_DATA, `${path}: no line is of these images`);
  console.log(`${compared} steps of ${path}: every layer as in it`);
}

/** The command for wasmtime in a host of ours, both builds: files of any kind in, answers or one line out. */
import { readFileSync } from 'node:fs';
import { idxOf } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { BUILDS, measure, start } from '../drivers/engine.ts';
import { cost, imageOf } from '../drivers/guarded.ts';
import { runCommand } from '../drivers/wasi-host.ts';
import { Craft } from '../models/craft.ts';
import { type Random, randomModel } from '../models/random.ts';
import { damaged } from './bytes.ts';
import { makeModel } from './models.ts';
import type { Target } from './target.ts';

const MODULES = ['snn', 'snn-mvp'].map((name) => new WebAssembly.Module(readFileSync(`build/${name}.wasm`)));
const OPTIONS = [
  [],
  [],
  ['--json'],
  ['--trace'],
  ['--skip', '1'],
  ['--limit', '0x1'],
  ['--limit', '99999999999'],
  ['--what'],
  [''],
];
const MOST = 2e6;
const MOST_BYTES = 1 << 22;
const engine = start((BUILDS[0] as (typeof BUILDS)[0]).module);

/** Images that the model may take: IDX, PGM or PPM, raw bytes. */
function images(r: Random, model: Craft): Uint8Array {
  const [channels, height, width] = [0, 2, 4].map((at) => model.get(model.section(0) + at, 2)) as [
    number,
    number,
    number,
  ];
  const size = channels * height * width;
  if (!(size > 0 && size < 5000)) return r.bytes(r.int(0, 100));
  const count = r.int(1, 3);
  return r.pick<() => Uint8Array>([
    () => idxOf(r.bytes(size * count), count, height, width),
    () => Buffer.concat([Buffer.from(`P${channels === 3 ? 6 : 5} ${width} ${height} 255\n`), r.bytes(size)]),
    () => Buffer.from(`P${channels === 3 ? 3 : 2} ${width} ${height} 255\n${r.bytes(size).join(' ')}\n`),
    () => r.bytes(size * r.pick([1, 2])),
  ])();
}

export const wasi: Target = {
  name: 'wasi',
  make(r) {
    const model = r.int(0, 1) === 0 ? pack(randomModel(r.int(1, 1 << 20))) : makeModel(r);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(model.length);
    let data: Uint8Array;
    try {
      data = images(r, new Craft(model));
    } catch {
      data = r.bytes(50);
    }
    return new Uint8Array(Buffer.concat([length, model, damaged(r, data)]));
  },
  run(input, r) {
    const bytes = Buffer.from(input).readUInt32LE(0);
    const [model, data] = [input.slice(4, 4 + bytes), input.slice(4 + bytes)];
    const size = measure(engine, model);
    if (size > 0) {
      const craft = new Craft(model);
      if (size > MOST_BYTES || cost(craft) > MOST || imageOf(craft) > 1 << 20)
        return 'accepted, too large to run';
    }
    const fromStdin = r.int(0, 3) === 0;
    const args = [...r.pick(OPTIONS), 'fuzz.snn', fromStdin ? '-' : 'fuzz.img'];
    const chunk = r.pick([1, 7, 0xffff]);
    const folders = { '.': { 'fuzz.snn': model, 'fuzz.img': data } };
    const { code, stderr } = runCommand(r.pick(MODULES), args, { folders, stdin: data, chunk });
    if (code === 0) return stderr === '' ? 'accepted' : 'accepted, with a word';
    if (![1, 2, 3, 4].includes(code)) throw new Error(`exit code ${code}: ${stderr}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (!/^[^\u0000-\u001f\u007f]+\n$/.test(stderr))
      throw new Error(`not one line: ${JSON.stringify(stderr)}`);
    return `code ${code}`;
  },
};

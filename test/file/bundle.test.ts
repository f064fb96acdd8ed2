/** Engine and model in one module: what the file may contain, and that it answers as the two do apart. */
import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { describe, expect, test } from 'vitest';
import { bundle, sectionIds } from '../../tools/file/bundle.ts';
import { pack } from '../../tools/file/pack.ts';
import { idx } from '../drivers/traces.ts';
import { runCommand } from '../drivers/wasi-host.ts';
import { Random, randomModel } from '../models/random.ts';

const NET = randomModel(12);
const [CHANNELS, HEIGHT, WIDTH] = NET.input;
const SIZE = CHANNELS * HEIGHT * WIDTH;
const MODEL = pack(NET);
const IMAGES = idx(new Random(1).bytes(5 * SIZE), 5, HEIGHT, WIDTH);

describe.each(['snn.wasm', 'snn-mvp.wasm'])('%s', (file) => {
  const engine = new Uint8Array(readFileSync(`build/${file}`));
  const bytes = bundle(engine, MODEL);
  const module = new WebAssembly.Module(bytes as BufferSource);
  const folders = { '.': { 'm.snn': MODEL, 'i.idx': IMAGES } };

  test('answers as engine and model do apart', () => {
    const apart = runCommand(new WebAssembly.Module(engine), ['--trace', 'm.snn', 'i.idx'], { folders });
    expect(runCommand(module, ['--trace', 'i.idx'], { folders })).toEqual(apart);
    expect(apart.code).toBe(0);
  });

  test('reads one image from standard input when it is given none', () => {
    const stdin = IMAGES.subarray(IMAGES.length - SIZE);
    const { code, stdout } = runCommand(module, [], { stdin });
    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: 2 });
    expect(runCommand(module, ['-'], { stdin }).stdout).toBe(stdout);
    expect(runCommand(module, ['--help']).stdout).toContain('bundled: images only');
  });

  test('has the sections of its engine: no host of the engine refuses the bundle', () => {
    expect(sectionIds(bytes)).toEqual(sectionIds(engine));
  });

  test('costs little more than the two files', () => {
    expect(bytes.length).toBeLessThan(engine.length + MODEL.length + 200);
  });

  test('places a model of any size, also across pages', () => {
    for (const letters of [1, 300, 70_000]) {
      const padded = { ...NET, meta: { ...NET.meta, name: 'x'.repeat(letters) } };
      const large = new WebAssembly.Module(bundle(engine, pack(padded)) as BufferSource);
      const want = runCommand(module, ['i.idx'], { folders });
      expect(runCommand(large, ['i.idx'], { folders })).toEqual(want);
    }
  });
});

test('a bundle of the MVP engine stays within MVP', () => {
  const parsed = binaryen.readBinary(bundle(new Uint8Array(readFileSync('build/snn-mvp.wasm')), MODEL));
  parsed.setFeatures(binaryen.Features.MVP);
  expect(parsed.validate()).toBe(1);
  parsed.dispose();
});

/** Engine and model in one module: what the file may contain, and that it answers as the two do apart. */
import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { describe, expect, test } from 'vitest';
import { Network } from '../../host/network.ts';
import { idxOf } from '../../tools/data/idx.ts';
import { bundle, bundleCore, sectionIds } from '../../tools/file/bundle.ts';
import { pack } from '../../tools/file/pack.ts';
import { runCommand } from '../drivers/wasi-host.ts';
import { Random, randomModel } from '../models/random.ts';

const NET = randomModel(12);
const [CHANNELS, HEIGHT, WIDTH] = NET.input;
const SIZE = CHANNELS * HEIGHT * WIDTH;
const MODEL = pack(NET);
const IMAGES = idxOf(new Random(1).bytes(5 * SIZE), 5, HEIGHT, WIDTH);

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

describe('for devices', () => {
  const core = new Uint8Array(readFileSync('build/snn-core.wasm'));
  const pixels = IMAGES.subarray(IMAGES.length - SIZE);

  interface Device {
    memory: WebAssembly.Memory;
    measure(model: number, bytes: number): number;
    open(model: number, bytes: number, net: number, size: number): number;
    begin(net: number, image: number): void;
    step(net: number, mayStop: number): number;
  }

  function start(module: Uint8Array): { device: Device; at: Record<string, number> } {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource));
    const globals = Object.entries(exports).filter(([, value]) => value instanceof WebAssembly.Global);
    const at = Object.fromEntries(
      globals.map(([name, value]) => [name, (value as WebAssembly.Global).value]),
    );
    return { device: exports as unknown as Device, at };
  }

  test.each([
    'inside',
    'apart',
  ] as const)('model %s: places are constants, and a host needs no other', async (place) => {
    const { module, layout, pages } = await bundleCore(core, MODEL, place);
    const { device, at } = start(module);
    const [model, bytes, net, arena, image] = [
      at.snn_model,
      at.snn_model_bytes,
      at.snn_net,
      at.snn_net_bytes,
      at.snn_image,
    ] as [number, number, number, number, number];
    expect([model % 16, net % 16]).toEqual([0, 0]);
    expect(device.memory.buffer.byteLength).toBe(pages * 65536);
    expect(layout.end).toBe(image + (at.snn_image_bytes as number));
    expect(Math.ceil(layout.end / 65536)).toBe(pages);
    const memory = new Uint8Array(device.memory.buffer);
    expect(memory.subarray(model, model + bytes)).toEqual(place === 'apart' ? new Uint8Array(bytes) : MODEL);
    if (place === 'apart') memory.set(MODEL, model);
    memory.set(pixels, image);
    expect(device.measure(model, bytes)).toBe(arena);
    expect(device.open(model, bytes, net, arena)).toBe(0);
    device.begin(net, image);
    let steps = 1;
    while (device.step(net, 1) === 0) steps++;
    const network = await Network.create(new WebAssembly.Module(core as BufferSource), MODEL);
    expect(steps).toBe(network.classify(pixels).steps);
  });

  test('model elsewhere: memory for arena and image alone', async () => {
    const inside = await bundleCore(core, MODEL, 'apart');
    const { module, layout } = await bundleCore(core, MODEL, 'elsewhere');
    const { at } = start(module);
    expect(at).toMatchObject({ snn_net: inside.layout.model, snn_image: layout.image });
    expect(at).not.toHaveProperty('snn_model');
    expect(inside.layout.end - layout.end).toBe(inside.layout.net - inside.layout.model);
  });

  test('memory is fixed, names are ours alone, and the module stays within MVP', async () => {
    const { module } = await bundleCore(core, MODEL);
    const parsed = binaryen.readBinary(module);
    parsed.setFeatures(binaryen.Features.MVP);
    expect(parsed.validate()).toBe(1);
    expect(parsed.emitText()).toMatch(/\(memory \$\S+ (\d+) \1\)/);
    parsed.dispose();
    const names = WebAssembly.Module.exports(new WebAssembly.Module(module as BufferSource)).map(
      (e) => e.name,
    );
    // malloc, free, __heap_base, __data_end, _initialize, _start, …: runtimes have meanings of their own for these.
    expect(names.filter((name) => /^_|^(malloc|free|main|memory_grow)$/.test(name))).toEqual([]);
    expect(names).toContain('snn_model');
  });
});

/** What the built modules must not contain, read from the binaries. */
import { readFile } from 'node:fs/promises';
import binaryen from 'binaryen';
import { describe, expect, test } from 'vitest';

const ABI = [
  'begin',
  'decide',
  'evidence',
  'layerState',
  'measure',
  'memory',
  'open',
  'posterior',
  'reserve',
  'step',
];
const COMMAND = ['__heap_base', '_start', 'bundle', 'memory'];

const modules = await Promise.all(
  [
    { name: 'snn-core', exports: ABI, wasi: false, features: binaryen.Features.MVP },
    { name: 'snn-core-simd', exports: ABI, wasi: false, features: simd() },
    { name: 'snn', exports: COMMAND, wasi: true, features: simd() },
    { name: 'snn-mvp', exports: COMMAND, wasi: true, features: binaryen.Features.MVP },
  ].map(async (module) => {
    const bytes = new Uint8Array(await readFile(`build/${module.name}.wasm`));
    return { ...module, bytes, text: textOf(bytes) };
  }),
);

/** What asc enables by default, and SIMD128; nothing newer, so that every engine with SIMD takes the module. */
function simd(): number {
  const { SIMD128, SignExt, BulkMemory, BulkMemoryOpt, NontrappingFPToInt, MutableGlobals } =
    binaryen.Features;
  return SIMD128 | SignExt | BulkMemory | BulkMemoryOpt | NontrappingFPToInt | MutableGlobals;
}

/** The module as text, without names and data: opcodes and types only. */
function textOf(bytes: Uint8Array): string {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  return text.replace(/"(\\.|[^"\\])*"/g, '""');
}

describe.each(modules)('$name', ({ exports, wasi, features, bytes, text }) => {
  const compiled = new WebAssembly.Module(bytes);

  test('has no float opcode and no float type', () => {
    expect(text.match(/\bf(32|64)\S*/g)).toBeNull();
  });

  test('stays within its features', () => {
    const module = binaryen.readBinary(bytes);
    module.setFeatures(features);
    expect(module.validate()).toBe(1);
    module.dispose();
  });

  test('exports its ABI and nothing else', () => {
    const names = WebAssembly.Module.exports(compiled).map((e) => e.name);
    expect(names.sort()).toEqual(exports);
  });

  test(wasi ? 'imports only WASI preview 1' : 'imports nothing', () => {
    const from = WebAssembly.Module.imports(compiled).map((i) => `${i.module} ${i.kind}`);
    expect([...new Set(from)]).toEqual(wasi ? ['wasi_snapshot_preview1 function'] : []);
  });

  test('keeps all state in memory: no mutable global', () => {
    expect(text).toContain('(memory ');
    expect(text.match(/\(global[^\n]*\(mut .*/g)).toBeNull();
  });

  test(wasi ? 'grows its own memory' : 'grows its memory when the host asks, and never else', () => {
    expect(text.match(/memory\.grow/g)).toHaveLength(1);
  });
});

describe('the checks themselves', () => {
  const check = (source: string): string => textOf(binaryen.parseText(source).emitBinary());

  test('find floats in opcodes, types and lanes', () => {
    expect(check('(module (func (param f64)))')).toMatch(/\bf64/);
    expect(check('(module (func (drop (f32.const 1))))')).toMatch(/\bf32/);
    const lanes =
      '(module (func (param v128) (result v128) (f32x4.add (local.get 0) (local.get 0))) (memory 1))';
    expect(check(lanes)).toMatch(/\bf32x4/);
  });

  test('are not fooled by data', () => {
    const data = '(module (memory 1) (data (i32.const 0) "f32.add \\22 f64"))';
    expect(check(data)).not.toMatch(/\bf(32|64)/);
  });
});

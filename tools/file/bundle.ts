/**
 * Engine and model in one module. For WASI the model becomes a data segment, and a slot in static memory tells where it is.
 * For devices, whose runtimes give what the module declares, the memory is as large as the network needs besides.
 */
import { instantiateSync } from '@assemblyscript/loader';
import binaryen from 'binaryen';
import { type Layout, Network } from '../../host/network.ts';

const PAGE = 65536;
const MAX_PAGES = 65536;
const SECTION_DATA_COUNT = 12;

/** What the engine may use; anything newer would be used for the file itself, and older hosts refuse it. */
const { SignExt, NontrappingFPToInt, MutableGlobals, BulkMemory, SIMD128 } = binaryen.Features;
const BulkMemoryOpt = 0x80000; // comes with BulkMemory; missing from the type file
const ENGINE_FEATURES = SignExt | NontrappingFPToInt | MutableGlobals | BulkMemory | BulkMemoryOpt | SIMD128;

/** What binaryen 132 has and its type file names otherwise. */
interface DataSegments {
  getNumDataSegments(): number;
  getDataSegmentByIndex(index: number): number;
  getDataSegmentInfo(segment: number): { offset: number; data: ArrayBuffer };
}

/**
 * @param wasi build/snn.wasm or build/snn-mvp.wasm
 * @param model a .snn file that the engine accepts
 */
export function bundle(wasi: Uint8Array, model: Uint8Array): Uint8Array {
  const { slot, start } = readSlot(wasi);
  const address = new Uint8Array(Uint32Array.of(start, model.length).buffer);
  const data: Data[] = [
    { offset: slot, bytes: address },
    { offset: start, bytes: model },
  ];
  const pages = Math.ceil((start + model.length) / PAGE);
  // The slot is for this tool alone: a bundled module exports what WASI asks for.
  return stamp(wasi, data, [pages, MAX_PAGES], ['bundle'], {});
}

/** A module for devices, and where things are in its memory. */
export interface DeviceModule {
  module: Uint8Array;
  layout: Layout;
  /** Of linear memory. */
  pages: number;
}

/** Where a device has the model: in the module, in linear memory by the host's copying it there, or outside of it. */
export type ModelPlace = 'inside' | 'apart' | 'elsewhere';

/**
 * The engine with memory for one network, which cannot grow, and its places as exported constants snn_….
 * @param core build/snn-core.wasm
 */
export async function bundleCore(
  core: Uint8Array,
  model: Uint8Array,
  place: ModelPlace = 'inside',
): Promise<DeviceModule> {
  const whole = (await Network.create(new WebAssembly.Module(core as BufferSource), model)).layout;
  const layout = place === 'elsewhere' ? withoutModel(whole) : whole;
  const pages = Math.ceil(layout.end / PAGE);
  const constants = {
    ...(place === 'elsewhere' ? {} : { snn_model: layout.model, snn_model_bytes: model.length }),
    snn_net: layout.net,
    snn_net_bytes: layout.image - layout.net,
    snn_image: layout.image,
    snn_image_bytes: layout.end - layout.image,
  };
  const data = place === 'inside' ? [{ offset: layout.model, bytes: model }] : [];
  const module = stamp(core, data, [pages, pages], [], constants);
  return { module, layout, pages };
}

/** The arena begins where the host's memory does; `model` is nowhere in it. */
function withoutModel({ model, net, image, end }: Layout): Layout {
  const less = net - model;
  return { model: 0, net: model, image: image - less, end: end - less };
}

interface Data {
  offset: number;
  bytes: Uint8Array;
}

/** The module with more data, another memory, without the exports `gone` and with exported constants. */
function stamp(
  engine: Uint8Array,
  more: Data[],
  [initial, most]: [number, number],
  gone: string[],
  constants: Record<string, number>,
): Uint8Array {
  const module = binaryen.readBinary(engine);
  // With bulk memory, binaryen writes a section that old hosts refuse: only where the engine has it already.
  const isMvp = !sectionIds(engine).includes(SECTION_DATA_COUNT);
  module.setFeatures(isMvp ? binaryen.Features.MVP : ENGINE_FEATURES);
  const present = module as unknown as DataSegments;
  const before = Array.from({ length: present.getNumDataSegments() }, (_, i) => {
    const { offset, data } = present.getDataSegmentInfo(present.getDataSegmentByIndex(i));
    return { offset, bytes: new Uint8Array(data) as Uint8Array };
  });
  const segments = [...before, ...more].map(({ offset, bytes }) => {
    return { passive: false, offset: module.i32.const(offset), data: bytes };
  });
  // setMemory replaces the memory, which binaryen calls "0", and exports the new one beside the old.
  module.removeExport('memory');
  module.setMemory(initial, most, 'memory', segments, false, false, '0');
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(engine as BufferSource));
  for (const { name } of exported) if (gone.includes(name)) module.removeExport(name);
  for (const [name, value] of Object.entries(constants)) {
    module.addGlobal(name, binaryen.i32, false, module.i32.const(value));
    module.addGlobalExport(name, name);
  }
  if (!module.validate()) throw new Error('binaryen made an invalid module');
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** Ids of a module's sections in their order. */
export function sectionIds(wasm: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < wasm.length; ) {
    ids.push(wasm[at++] as number);
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = wasm[at++] as number;
      length |= (byte & 0x7f) << shift;
      more = byte > 0x7f;
    }
    at += length;
  }
  return ids;
}

/** Address of the slot, and the first free address after the static data, on 16 bytes. */
function readSlot(wasi: Uint8Array): { slot: number; start: number } {
  const module = new WebAssembly.Module(wasi as BufferSource);
  const stub = (): number => 0;
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: stub };
  }
  const { exports } = instantiateSync(module, imports);
  const global = (name: string): number => (exports[name] as WebAssembly.Global).value as number;
  return { slot: global('bundle'), start: (global('__heap_base') + 15) & ~15 };
}

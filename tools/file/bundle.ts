/** Engine and model in one module: the model becomes a data segment, a slot in static memory tells where it is. */
import binaryen from 'binaryen';

const PAGE = 65536;
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
  const module = binaryen.readBinary(wasi);
  // With bulk memory, binaryen writes a section that old hosts refuse: only where the engine has it already.
  const isMvp = !sectionIds(wasi).includes(SECTION_DATA_COUNT);
  module.setFeatures(isMvp ? binaryen.Features.MVP : ENGINE_FEATURES);
  const present = module as unknown as DataSegments;
  const segments = Array.from({ length: present.getNumDataSegments() }, (_, i) => {
    const { offset, data } = present.getDataSegmentInfo(present.getDataSegmentByIndex(i));
    return { passive: false, offset: module.i32.const(offset), data: new Uint8Array(data) as Uint8Array };
  });
  const address = Uint8Array.from(new Uint8Array(Uint32Array.of(start, model.length).buffer));
  segments.push({ passive: false, offset: module.i32.const(slot), data: address });
  segments.push({ passive: false, offset: module.i32.const(start), data: model });
  const pages = Math.ceil((start + model.length) / PAGE);
  // setMemory replaces the memory, which binaryen calls "0", and exports the new one beside the old.
  module.removeExport('memory');
  module.setMemory(pages, 65536, 'memory', segments, false, false, '0');
  // The slot is for this tool alone: a bundled module exports what WASI asks for.
  module.removeExport('bundle');
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

/** Address of the slot, and the first free address behind the static data, on 16 bytes. */
function readSlot(wasi: Uint8Array): { slot: number; start: number } {
  const module = new WebAssembly.Module(wasi as BufferSource);
  const stub = (): number => 0;
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: stub };
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  const global = (name: string): number => (exports[name] as WebAssembly.Global).value as number;
  return { slot: global('bundle'), start: (global('__heap_base') + 15) & ~15 };
}

/**
 * What a device must have to run a network: linear memory, which the network decides, and what a runtime takes besides,
 * which it does not. boards/measure.mjs measured the second on an emulated Cortex-M4; every host in C copies the model
 * into linear memory.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { smallestDevice } from './devices.ts';

/** Bytes that do not depend on the network. */
export interface RuntimeCost {
  name: string;
  /** Its linear memory is made of pages of 64 KiB. */
  whole_pages: boolean;
  /** Program, engine and the harness that measured. */
  flash: number;
  /** Variables of the program. */
  static: number;
  /** From its heap or its room, beside the linear memory. */
  dynamic: number;
  /** Of C. */
  stack: number;
  measured: { network: string; linear: number; used: number; given: number }[];
}

export interface Costs {
  processor: string;
  engine_bytes: number;
  runtimes: Record<string, RuntimeCost>;
}

/** What one runtime needs for one network, in bytes. */
export interface Need {
  runtime: string;
  /** Model, arena and image behind the engine's own data, in whole pages where the runtime wants them. */
  linear_memory: number;
  /** What the runtime takes besides, without the stack. */
  runtime_ram: number;
  stack: number;
  ram: number;
  /** Of ram, what has to be in one piece. */
  block: number;
  flash: number;
  /** The smallest device of devices.ts that has all three. */
  device: string | null;
}

const PAGE = 65536;

export async function readCosts(): Promise<Costs> {
  const path = createRequire(import.meta.url).resolve('#boards/ram.json');
  return JSON.parse(await readFile(path, 'utf8')) as Costs;
}

/** @param used end of the image in linear memory, host/network.ts's layout.end */
export function needsOf(costs: Costs, used: number, modelBytes: number): Need[] {
  return Object.values(costs.runtimes).map((cost) => {
    const unit = cost.whole_pages ? PAGE : 16;
    const linear_memory = Math.ceil(used / unit) * unit;
    const runtime_ram = cost.static + cost.dynamic;
    const ram = linear_memory + runtime_ram + cost.stack;
    const block = linear_memory + cost.dynamic;
    const flash = cost.flash + modelBytes;
    const device = smallestDevice(flash, ram, block)?.name ?? null;
    return { runtime: cost.name, linear_memory, runtime_ram, stack: cost.stack, ram, block, flash, device };
  });
}

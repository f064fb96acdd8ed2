/**
 * What a device must have to run a network: linear memory, which the network decides, and what a runtime takes besides,
 * which it does not. boards/measure.mjs measured the second on an emulated Cortex-M4. A host in C copies the model into
 * linear memory or, where its runtime can, has the engine read it in flash.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Layout } from '../../host/network.ts';
import { smallestDevice } from './devices.ts';

/** Bytes that do not depend on the network. */
export interface RuntimeCost {
  name: string;
  /** Its linear memory is made of pages of 64 KiB. */
  whole_pages: boolean;
  /** The model is read where it lies, and takes no linear memory. */
  in_flash: boolean;
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
  model: 'copied' | 'in flash';
  /** Arena and image behind the engine's own data, a copied model too, in whole pages where the runtime wants them. */
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

/** @param layout of a network whose model is copied */
export function needsOf(costs: Costs, { model, net, end }: Layout, modelBytes: number): Need[] {
  return Object.values(costs.runtimes).map((cost) => {
    const unit = cost.whole_pages ? PAGE : 16;
    const used = cost.in_flash ? end - (net - model) : end;
    const linear_memory = Math.ceil(used / unit) * unit;
    const runtime_ram = cost.static + cost.dynamic;
    const ram = linear_memory + runtime_ram + cost.stack;
    const block = linear_memory + cost.dynamic;
    const flash = cost.flash + modelBytes;
    const device = smallestDevice(flash, ram, block)?.name ?? null;
    const how = cost.in_flash ? 'in flash' : 'copied';
    const { name: runtime, stack } = cost;
    return { runtime, model: how, linear_memory, runtime_ram, stack, ram, block, flash, device };
  });
}

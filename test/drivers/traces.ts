/** One question, many machines: what did every layer do in every step? All drivers answer in the same words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../../host/node.ts';
import { idxOf } from '../../tools/data/idx.ts';
import { eventsCrc } from '../../tools/reference/trace.ts';
import { wasmtime } from './wasmtime.ts';

export interface TraceStep {
  /** "events:CRC" per layer, as in the golden vectors. */
  layers: string[];
  evidence: number[][];
  class: number;
  margin: number;
}

export interface Driver {
  name: string;
  /** Every step of every image, without stopping; images are u8, one after the other. */
  trace(
    model: Uint8Array,
    images: Uint8Array,
    count: number,
    shape: [number, number],
  ): Promise<TraceStep[][]>;
}

function nodeDriver(name: string, simd: boolean): Driver {
  return {
    name,
    async trace(model, images, count) {
      const net = await load(model, { simd });
      const size = images.length / count;
      return Array.from({ length: count }, (_, i) => {
        const steps: TraceStep[] = [];
        for (const step of net.run(images.subarray(i * size, (i + 1) * size), { mayStop: false })) {
          const layers = net.info.layers.map((layer, l) => {
            const { index, count: counts } = net.layerEvents(l);
            const readsMembrane = net.info.fusion === 'membrane' && net.info.exits.includes(l);
            const lists = readsMembrane ? 0 : layer.burst * (layer.signed ? 2 : 1);
            return eventsCrc(index, counts, layer.shape, layer.burst, lists);
          });
          steps.push({
            layers,
            evidence: step.counts.map((c) => [...c]),
            class: step.class,
            margin: step.margin,
          });
        }
        return steps;
      });
    },
  };
}

function wasmtimeDriver(module: string): Driver {
  return {
    name: `wasmtime ${module}`,
    async trace(model, images, count, [height, width]) {
      const folder = mkdtempSync(join(tmpdir(), 'snn-'));
      try {
        writeFileSync(join(folder, 'model.snn'), model);
        writeFileSync(join(folder, 'images.idx'), idxOf(images, count, height, width));
        const run = wasmtime(folder, `build/${module}`, ['--trace', 'model.snn', 'images.idx']);
        if (run.code !== 0) throw new Error(run.stderr);
        const out: TraceStep[][] = Array.from({ length: count }, () => []);
        for (const line of run.stdout.trimEnd().split('\n')) {
          const step = JSON.parse(line) as {
            image: number;
            layers: { events: number; crc: string }[];
          } & TraceStep;
          const layers = (step.layers as unknown as { events: number; crc: string }[]).map(
            (l) => `${l.events}:${l.crc}`,
          );
          out[step.image]?.push({ layers, evidence: step.evidence, class: step.class, margin: step.margin });
        }
        return out;
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

export const DRIVERS: Driver[] = [
  nodeDriver('Node snn-core.wasm', false),
  nodeDriver('Node snn-core-simd.wasm', true),
  wasmtimeDriver('snn.wasm'),
  wasmtimeDriver('snn-mvp.wasm'),
];

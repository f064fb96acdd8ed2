/** snn inspect: what a model is and what it needs, before anything is flashed. */
import type { Command } from 'commander';
import { load } from '../../host/node.ts';
import { type Description, describe, type LayerDescription } from '../cost/describe.ts';
import { denseMacs, energyPj, PJ_IN_WORDS } from '../cost/energy.ts';
import { type Need, needsOf, readCosts } from '../cost/ram.ts';
import { tableLines } from '../cost/tables-of-model.ts';
import { checkFit } from '../data/fit.ts';
import { readUnlabelled } from '../data/read.ts';
import { readModel } from '../file/read.ts';
import { type Model, seesImage } from '../model.ts';
import { type Activity, measureActivity } from '../run/activity.ts';
import { wholeNumber } from '../terminal/options.ts';
import { printable } from '../terminal/printable.ts';
import { progressBar } from '../terminal/progress.ts';
import { short, table } from '../terminal/table.ts';

interface Flags {
  data?: string;
  limit: number;
  json?: boolean;
}

/** Of one layer, on real images. */
interface Work {
  /** Spikes per neuron and step. */
  spike_rate: number;
  /** Neurons that fired, as a share of all, per step. */
  event_rate: number;
  /** Per image. */
  sops: number;
  energy_pj: number;
  energy_share: number;
}

export function register(program: Command): void {
  program
    .command('inspect')
    .description('show layers, sizes, memory and tables of a .snn file; on images, also rates and energy')
    .argument('<model>', 'a .snn file')
    .option('--data <images>', 'images to run: IDX, CIFAR’s binary files, a folder by class, .npy or .npz')
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 100)
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: Flags) => {
      const { bytes, model } = await readModel(file);
      // Microcontrollers run the MVP build, which lays out less.
      const net = await load(bytes, { simd: false });
      const facts = describe(bytes, model, net.info.arenaBytes);
      const devices = needsOf(await readCosts(), net.layout, bytes.length);
      const activity =
        flags.data === undefined ? undefined : await activityOn(file, bytes, model, flags.data, flags.limit);
      const work = activity === undefined ? undefined : workOf(model, facts, activity);
      if (!flags.json) {
        console.log(print(file, facts, devices, work, activity));
        return;
      }
      const layers = facts.layers.map((l, i) => ({ ...l, ...(work === undefined ? {} : { work: work[i] }) }));
      const measured =
        activity === undefined ? {} : { images: activity.images, steps_per_image: activity.steps };
      console.log(JSON.stringify({ file, ...facts, devices, layers, ...measured }, null, 2));
    });
}

/** Runs the first images; with `mayStop` each stops as on the device, without to the last step. */
export async function activityOn(
  file: string,
  bytes: Uint8Array,
  model: Model,
  path: string,
  limit: number,
  mayStop = true,
): Promise<Activity> {
  const data = await readUnlabelled(path, model);
  checkFit(path, data, file, model);
  const count = Math.min(limit, data.count);
  const bar = progressBar();
  let done = 0;
  const size = data.images.length / data.count;
  const activity = await measureActivity(bytes, data.images.subarray(0, count * size), count, {
    mayStop,
    onImage: () => bar.update('running the SNN', ++done, count),
  });
  bar.stop();
  return activity;
}

function workOf(model: Model, d: Description, { layers, steps }: Activity): Work[] {
  const energy = layers.map(({ sops }, i) => {
    const layer = model.layers[i] as Model['layers'][0];
    return energyPj(sops, seesImage(layer) ? denseMacs({ ...model, layers: [layer] }) : 0);
  });
  const all = energy.reduce((a, b) => a + b, 0);
  return layers.map(({ spikes, events, sops }, i) => {
    const chances = (d.layers[i] as LayerDescription).neurons * steps;
    const energy_pj = energy[i] as number;
    const rates = { spike_rate: spikes / chances, event_rate: events / chances };
    return { ...rates, sops, energy_pj, energy_share: energy_pj / all };
  });
}

function print(
  file: string,
  d: Description,
  devices: Need[],
  work: Work[] | undefined,
  activity: Activity | undefined,
): string {
  const [channels, height, width] = d.input;
  const { normalization: n } = d;
  const isPlain = n?.mean.every((m) => m === 0) && n.std.every((s) => s === 1);
  const scaled = isPlain ? 'pixel/255' : `(pixel/255 − ${n?.mean.join('/')}) / ${n?.std.join('/')}`;
  const trained = n === null ? '' : `, trained on ${scaled}`;
  const steps = d.steps === 1 ? '1 step' : `up to ${d.steps} steps`;
  const exits = d.exits.length === 1 ? '1 exit' : `${d.exits.length} exits, ${d.fusion.kind} fusion`;
  const timing = d.timing === 'immediate' ? 'pass all layers within a step' : 'pass one layer in each step';
  return [
    `${printable(file)}: ${d.name}, format ${d.version}, ${d.bytes} bytes, CRC-32 ${d.crc32}`,
    `sha256  ${d.sha256}`,
    `input   ${height}x${width}x${channels} bytes${trained}; ${d.classes} classes`,
    `runs    ${steps}, ${exits}; spikes ${timing} (${d.timing} timing)`,
    `needs   ${d.bytes} bytes of model, ${d.arena_bytes} of arena, ${channels * height * width} of image; ${short(d.dense_macs)} dense MACs`,
    '',
    deviceTable(devices),
    '',
    layerTable(d, work),
    '',
    'membranes, events: bytes of RAM; θ: thresholds, least..most; K: spikes of a neuron in a step, at most; bits w/v: of weights and membranes',
    '',
    ...(activity === undefined
      ? []
      : [
          `${activity.images} images, ${activity.steps.toFixed(2)} steps each; spikes: per neuron and step, up to K; SOPs: synapses that events visit; energy: ${PJ_IN_WORDS} (45 nm)`,
          '',
        ]),
    ...tableLines(d),
  ].join('\n');
}

function deviceTable(devices: Need[]): string {
  const heads = [
    'model',
    'linear memory',
    'runtime',
    'C stack',
    'RAM B',
    'in one piece',
    'flash B',
    'smallest device',
  ];
  const rows = devices.map((n) => [
    n.runtime,
    n.model,
    ...[n.linear_memory, n.runtime_ram, n.stack, n.ram, n.block, n.flash].map(String),
    n.device ?? 'none known',
  ]);
  return table([{ head: 'on', align: 'left' }, ...heads.map((head) => ({ head }))], rows);
}

interface LayerColumn {
  head: string;
  of: (l: LayerDescription, i: number) => string;
  /** What no layer owns, and the sum of all. */
  rest?: string;
  total?: string;
}

function layerTable(d: Description, work: Work[] | undefined): string {
  const sum = (of: (l: LayerDescription) => number): number => d.layers.reduce((n, l) => n + of(l), 0);
  const fires = (l: LayerDescription, text: string): string => (l.readout === 'membrane' ? '–' : text);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const flash = d.bytes - sum((l) => l.flash_bytes);
  const columns: LayerColumn[] = [
    { head: 'kind', of: (l) => l.kind },
    { head: 'shape', of: (l) => l.shape.join('x') },
    { head: 'neurons', of: (l) => String(l.neurons), total: String(sum((l) => l.neurons)) },
    { head: 'parameters', of: (l) => String(l.parameters), total: String(d.parameters) },
    { head: 'dense MACs', of: (l) => short(l.dense_macs), total: short(d.dense_macs) },
    { head: 'flash B', of: (l) => String(l.flash_bytes), rest: String(flash), total: String(d.bytes) },
    { head: 'membranes', of: (l) => String(l.ram.membranes), total: String(sum((l) => l.ram.membranes)) },
    { head: 'events', of: (l) => String(l.ram.events), total: String(sum((l) => l.ram.events)) },
    {
      head: 'RAM B',
      of: (l) => String(l.ram_bytes),
      rest: String(d.scratch_bytes),
      total: String(d.arena_bytes),
    },
    { head: 'θ', of: (l) => fires(l, [...new Set(l.threshold)].join('..')) },
    { head: 'K', of: (l) => fires(l, String(l.burst)) },
    { head: 'bits w/v', of: (l) => `${l.weight_bits}/${l.membrane_bits}` },
  ];
  if (work !== undefined) {
    const of = (i: number): Work => work[i] as Work;
    const total = (field: 'sops' | 'energy_pj'): number => work.reduce((n, w) => n + w[field], 0);
    columns.push(
      { head: 'spikes', of: (l, i) => fires(l, of(i).spike_rate.toFixed(3)) },
      { head: 'SOPs', of: (_, i) => short(of(i).sops), total: short(total('sops')) },
      {
        head: 'energy',
        of: (_, i) => percent(of(i).energy_share),
        total: `${(total('energy_pj') / 1e6).toFixed(2)} µJ`,
      },
    );
  }
  const rows = d.layers.map((l, i) => [
    l.exit ? `${l.name} (exit)` : l.name,
    ...columns.map((c) => c.of(l, i)),
  ]);
  // Headers and tables in flash; counters, pointers and scratch in RAM.
  rows.push(['the rest', ...columns.map((c) => c.rest ?? '')]);
  rows.push(['total', ...columns.map((c) => c.total ?? '')]);
  return table([{ head: 'layer', align: 'left' }, ...columns.map(({ head }) => ({ head }))], rows);
}

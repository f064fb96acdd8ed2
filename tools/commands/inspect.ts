/** snn inspect: what a model is and what it needs, before anything is flashed. */
import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { HEADER_CRC, VERSION } from '../../assembly/shared/format.ts';
import { NEVER } from '../../assembly/shared/limits.ts';
import { load } from '../../host/node.ts';
import { denseMacs } from '../energy.ts';
import type { Model, SpikingLayer } from '../model.ts';
import { readModel } from '../read-model.ts';
import { short, table } from '../show/table.ts';

export function register(program: Command): void {
  program
    .command('inspect')
    .description('show layers, sizes, memory and tables of a .snn file')
    .argument('<model>', 'a .snn file')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: { json?: boolean }) => {
      const { bytes, model } = await readModel(file);
      const net = await load(bytes);
      const facts = describe(file, bytes, model, net.info.arenaBytes);
      console.log(flags.json ? JSON.stringify(facts, null, 2) : print(facts, model));
    });
}

function describe(file: string, bytes: Uint8Array, model: Model, arenaBytes: number) {
  const layers = model.layers.map((l, i) => ({
    name: model.meta.layers[i] ?? `layer ${i}`,
    kind: l.synapses
      .map((s) => (s.kind === 'conv' ? `${s.kernel.join('x')}/${s.stride.join('x')}` : s.kind))
      .join(' + '),
    shape: l.shape,
    exit: model.exits.includes(i),
    readout: l.readout,
    neurons: l.shape[0] * l.shape[1] * l.shape[2],
    weight_bytes: l.synapses.reduce((n, s) => n + s.weights.length, 0),
    dense_macs: denseMacs({ ...model, layers: [l] }),
    threshold: [Math.min(...l.threshold), Math.max(...l.threshold)],
    burst: l.burst,
    membrane_bits: l.membraneBits,
    ram_bytes: ramBytes(l),
  }));
  return {
    file,
    bytes: bytes.length,
    version: VERSION,
    crc32: new DataView(bytes.buffer, bytes.byteOffset)
      .getUint32(HEADER_CRC, true)
      .toString(16)
      .padStart(8, '0'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    name: model.meta.name,
    input: model.input,
    timing: model.timing,
    fusion: model.fusion.kind,
    steps: model.steps,
    exits: model.exits,
    arena_bytes: arenaBytes,
    dense_macs: denseMacs(model),
    layers,
    stop: model.stop,
  };
}

/** What a layer takes of the arena; the rest is the same for every model. */
function ramBytes(l: SpikingLayer): number {
  const neurons = l.shape[0] * l.shape[1] * l.shape[2];
  const membranes = (neurons * l.membraneBits) / 8;
  const image = l.synapses.some((s) => s.source < 0) ? membranes : 0;
  const events = l.readout === 'spikes' ? neurons * 2 + (l.shape[1] * l.shape[2] + 1) * 4 : 0;
  return membranes + image + events + (l.readout === 'spikes' && l.burst > 1 ? neurons : 0);
}

function print(facts: ReturnType<typeof describe>, model: Model): string {
  const [c, h, w] = facts.input;
  const rows = facts.layers.map((l) => [
    l.exit ? `${l.name} (exit)` : l.name,
    l.kind,
    l.shape.join('x'),
    short(l.neurons),
    String(l.weight_bytes),
    String(l.ram_bytes),
    short(l.dense_macs),
    l.readout === 'current' ? 'current' : l.threshold.join('..'),
    l.readout === 'current' ? '–' : String(l.burst),
    String(l.membrane_bits),
  ]);
  const heads = [
    'kind',
    'shape',
    'neurons',
    'flash B',
    'RAM B',
    'dense MACs',
    'threshold',
    'K',
    'membrane bits',
  ];
  const stop = model.stop.map(
    (row, i) => `step ${i + 1}: ${row.map((m) => (m === NEVER ? 'never' : m)).join(' / ')}`,
  );
  return [
    `${facts.file}: ${facts.name}, ${facts.bytes} bytes, format ${facts.version}, CRC ${facts.crc32}`,
    `sha256 ${facts.sha256}`,
    `input ${h}x${w}x${c}, ${facts.timing} timing, ${facts.fusion} fusion of ${facts.exits.length} exits, up to ${facts.steps} steps`,
    `flash ${facts.bytes} bytes, RAM ${facts.arena_bytes} bytes, ${short(facts.dense_macs)} dense MACs`,
    '',
    table([{ head: 'layer', align: 'left' }, ...heads.map((head) => ({ head }))], rows),
    '',
    stop.length > 0
      ? `stop margins (earliest exit first): ${stop.join(', ')}`
      : 'no stop table: every image runs all steps',
  ].join('\n');
}

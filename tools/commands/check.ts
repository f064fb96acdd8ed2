/** snn check: all that will not convert in an ONNX file, at once. */
import type { Command } from 'commander';
import { EXIT_MODEL, EXIT_USAGE } from '../../assembly/shared/status.ts';
import type { Check, Finding } from '../import/onnx/check.ts';
import { externalReader } from '../import/onnx/external.ts';
import { operatorsPage } from '../import/onnx/operators.ts';
import { Failure } from '../terminal/failure.ts';
import { needParts } from '../terminal/parts.ts';
import { printable } from '../terminal/printable.ts';
import { readWhole } from '../terminal/read.ts';

export function register(program: Command): void {
  program
    .command('check')
    .description('say what will not convert in an ONNX file, node by node, and what to write instead')
    .argument('[onnx]', 'the trained network')
    .option('--operators', 'print what becomes of every operator: docs/operators.md')
    .option('--json', 'print one JSON object')
    .action(async (file: string | undefined, flags: { operators?: boolean; json?: boolean }) => {
      if (flags.operators) process.stdout.write(operatorsPage());
      else if (file === undefined) throw new Failure(EXIT_USAGE, "missing required argument 'onnx'");
      else await check(file, flags.json === true);
    });
}

async function check(file: string, json: boolean): Promise<void> {
  needParts('check', ['protobufjs']);
  const { checkOnnx } = await import('../import/onnx/check.ts');
  const found = checkOnnx(await readWhole(file, EXIT_MODEL), file, externalReader(file));
  console.log(json ? JSON.stringify({ file, ...facts(found) }, null, 2) : text(file, found));
  const { length } = found.findings;
  if (length > 0)
    throw new Failure(
      EXIT_MODEL,
      `${file}: will not convert: ${length} ${length === 1 ? 'place' : 'places'}, see above`,
    );
}

function facts({ findings, network }: Check): Record<string, unknown> {
  if (network === undefined) return { converts: false, findings };
  const { input, layers, exits } = network;
  return {
    converts: true,
    findings,
    input,
    layers: layers.length,
    exits: exits.length,
    classes: layers[exits[0] as number]?.shape[0],
  };
}

function text(file: string, { findings, network }: Check): string {
  if (network === undefined) return findings.map(line).join('\n');
  const {
    input: [c, h, w],
    layers,
    exits,
  } = network;
  const classes = layers[exits[0] as number]?.shape[0];
  const pixels = h * w === 1 ? `${c} pixels, flat` : `${h}x${w}x${c} pixels`;
  const ends = exits.length === 1 ? 'one exit' : `${exits.length} exits`;
  return `${printable(file)}: converts: ${pixels}, ${layers.length} layers, ${ends}, ${classes} classes`;
}

function line({ node, op, what }: Finding): string {
  return node === undefined ? what : `node "${node}" (${op}): ${what}`;
}

/** snn merge: results of shards → the result of the whole. */
import type { Command } from 'commander';
import { mergeResults, type Part } from '../eval/merge.ts';
import { readResult } from '../eval/read-result.ts';
import { checkWritable } from '../terminal/write.ts';
import { printResult } from './eval.ts';

export function register(program: Command): void {
  program
    .command('merge')
    .description('join what snn eval --json wrote of shards, to the digits of one run over all images')
    .argument('<results...>', 'JSON files of snn eval or snn merge')
    .option('--partial', 'accept missing images and mark the result partial')
    .option('--json', 'print one JSON object')
    .option('-o, --out <file>', 'write the JSON object to this file, whole or not at all')
    .action(
      async ([first = '', ...more]: string[], flags: { partial?: boolean; json?: boolean; out?: string }) => {
        if (flags.out !== undefined) await checkWritable(flags.out);
        const read = async (file: string): Promise<Part> => ({ file, result: await readResult(file) });
        const parts: [Part, ...Part[]] = [await read(first)];
        for (const file of more) parts.push(await read(file));
        await printResult(mergeResults(parts, flags.partial === true), flags, 'the rest is missing');
      },
    );
}

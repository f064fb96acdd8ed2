/** Contestants in a process of their own that answers lines: the C kernels, and the peers in Python. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Contestant, missing, type Pass, type Trial } from './contestant.ts';

export class Answering {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';

  constructor(program: string, args: string[]) {
    const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    this.#child = spawn(program, args, { env });
    this.#child.stderr.on('data', (data: Buffer) => {
      this.#stderr = `${this.#stderr}${data}`.slice(-2000);
    });
    this.#child.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      this.#stderr = code === 'ENOENT' ? 'there is no such program' : message;
    });
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(this.#stderr.trim().split('\n').at(-1) || 'the process ended');
    return JSON.parse(value) as T;
  }

  async ask<T>(line: string): Promise<T> {
    this.#child.stdin.write(`${line}\n`);
    const reply = await this.next<T & { error?: string }>();
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }
}

/** The kernels in C, compiled for this machine; a sentence where that fails. */
export function native(): { program: string; compiler: string } | { why: string } {
  const [source, folder] = [join('bench', 'peers', 'gather.c'), join('.cache', 'bench')];
  const program = join(folder, 'gather');
  const cc = process.env.CC ?? 'cc';
  mkdirSync(folder, { recursive: true });
  try {
    const [compiler] = execFileSync(cc, ['--version'], { stdio: 'pipe' }).toString().split('\n');
    if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs)
      execFileSync(cc, ['-O3', '-march=native', '-o', program, source], { stdio: 'pipe' });
    return { program, compiler: compiler as string };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { why: 'no C compiler (Debian: gcc)' };
    return { why: `not compiled here: ${message.split('\n').at(-1)}` };
  }
}

export async function gatherInC(trial: Trial): Promise<Contestant> {
  const [id, built] = ['native', native()];
  if ('why' in built) return missing(id, 'the same kernels in C', built.why);
  const child = new Answering(built.program, [
    join(trial.folder, 'network.flat'),
    join(trial.folder, 'images.u8'),
  ]);
  const { version } = await child.ask<{ version: string }>('warm 1');
  return {
    id,
    name: `the same kernels in C, ${version}`,
    version: execFileSync(process.env.CC ?? 'cc', ['--version'])
      .toString()
      .split('\n')[0] as string,
    batch: 1,
    pass: (cold, count) => child.ask<Pass>(`${cold ? 'cold' : 'warm'} ${count}`),
    close: () => child.close(),
  };
}

const PEERS: [id: string, name: string, package_: string, batches: number[]][] = [
  ['snntorch', 'snnTorch', 'snntorch', [1, 64]],
  ['spikingjelly', 'SpikingJelly', 'spikingjelly', [1, 64]],
  ['onnx-fp32', 'ONNX Runtime native, fp32', 'onnxruntime', [1]],
  ['onnx-int8', 'ONNX Runtime native, int8', 'onnxruntime', [1]],
];

/** @param only ids of those that have something to say about this network */
export async function peersInPython(trial: Trial, only: (id: string) => boolean): Promise<Contestant[]> {
  const python = process.env.SNN_BENCH_PYTHON ?? 'python3';
  const files = ['exact', 'relu', 'int8', 'int8-relu'].map((form) => join(trial.folder, `${form}.onnx`));
  const child = new Answering(python, [
    join('bench', 'peers', 'peers.py'),
    join(trial.folder, 'network.flat'),
    join(trial.folder, 'images.u8'),
    ...files,
  ]);
  let versions: Record<string, string | null> = {};
  let why = '';
  try {
    versions = await child.next();
  } catch (error) {
    why = `${python}: ${(error as Error).message}`;
  }
  let open = 0;
  const contestants = PEERS.filter(([id]) => only(id)).flatMap(([id, name, package_, batches]) =>
    batches.map((batch): Contestant => {
      const full = batches.length > 1 ? `${name}, batch ${batch}` : name;
      const version = versions[package_];
      if (version == null) {
        return missing(`${id}-${batch}`, full, why || `not installed: ${python} -m pip install ${package_}`);
      }
      open++;
      return {
        id: `${id}-${batch}`,
        name: full,
        version: package_ === 'onnxruntime' ? version : `${version}, PyTorch ${versions.torch}`,
        batch,
        pass: (cold, count) =>
          child.ask<Pass>(`${id} ${cold ? 'cold' : 'warm'} ${batch} ${Math.max(batch, count)}`),
        close: () => {
          if (--open === 0) child.close();
        },
      };
    }),
  );
  if (open === 0) child.close();
  return contestants;
}

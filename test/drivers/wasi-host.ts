/** A WASI host in this process that does what real ones may do: odd folders, short reads and writes, faults. */
export interface Surroundings {
  /** Files by the guest's name of their folder, then by path. */
  folders?: Record<string, Record<string, Uint8Array>>;
  stdin?: Uint8Array;
  /** Most bytes of one read or write. */
  chunk?: number;
  /** 'broken': writes fail; 'stuck': they succeed with nothing written. */
  stdout?: 'broken' | 'stuck';
  stderr?: 'broken';
  /** Paths that open and then cannot be read, as folders do. */
  unreadable?: string[];
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

interface OpenFile {
  bytes: Uint8Array;
  at: number;
  readable: boolean;
}

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const [OK, BADF, IO, NOENT] = [0, 8, 29, 44];
const FIRST_PREOPEN = 3;

/** Runs a command to its end; a trap of the module is thrown. */
export function runCommand(module: WebAssembly.Module, args: string[], around: Surroundings = {}): Outcome {
  const { folders = {}, stdin = new Uint8Array(0), chunk = 0xffff, unreadable = [] } = around;
  const names = Object.keys(folders);
  const argv = ['snn.wasm', ...args].map((a) => Buffer.from(`${a}\0`));
  const files = new Map<number, OpenFile>([[0, { bytes: stdin, at: 0, readable: true }]]);
  const out: Buffer[][] = [[], [], []];
  const fails = [undefined, around.stdout, around.stderr];
  let next = FIRST_PREOPEN + names.length;
  let tries = 0;
  let memory: WebAssembly.Memory;
  const view = (): DataView => new DataView(memory.buffer);
  const bytes = (at: number, length: number): Uint8Array => new Uint8Array(memory.buffer, at, length);
  const u32 = (at: number): number => view().getUint32(at, true);
  const put = (at: number, value: number): number => {
    view().setUint32(at, value, true);
    return OK;
  };

  const wasi = {
    args_sizes_get: (count: number, size: number) =>
      put(count, argv.length) + put(size, Buffer.concat(argv).length),
    args_get(pointers: number, buffer: number) {
      argv.reduce((at, arg, i) => {
        put(pointers + i * 4, at);
        bytes(at, arg.length).set(arg);
        return at + arg.length;
      }, buffer);
      return OK;
    },
    fd_prestat_get(fd: number, prestat: number) {
      const name = names[fd - FIRST_PREOPEN];
      if (name === undefined) return BADF;
      return put(prestat, 0) + put(prestat + 4, Buffer.byteLength(name));
    },
    fd_prestat_dir_name(fd: number, path: number, length: number) {
      bytes(path, length).set(Buffer.from(names[fd - FIRST_PREOPEN] ?? ''));
      return OK;
    },
    path_open(fd: number, ...[, path, length, , , , , opened]: number[]) {
      const name = Buffer.from(bytes(path as number, length as number)).toString();
      const content = folders[names[fd - FIRST_PREOPEN] ?? '']?.[name];
      if (content === undefined) return NOENT;
      files.set(next, { bytes: content, at: 0, readable: !unreadable.includes(name) });
      return put(opened as number, next++);
    },
    fd_read(fd: number, vectors: number, _count: number, read: number) {
      const file = files.get(fd);
      if (file === undefined) return BADF;
      if (!file.readable) return IO;
      const some = file.bytes.subarray(file.at, file.at + Math.min(u32(vectors + 4), chunk));
      bytes(u32(vectors), some.length).set(some);
      file.at += some.length;
      return put(read, some.length);
    },
    fd_write(fd: number, vectors: number, _count: number, written: number) {
      if (fails[fd] === 'broken') return IO;
      if (fails[fd] === 'stuck' && ++tries > 100) throw new Error('the command writes forever');
      const length = fails[fd] === 'stuck' ? 0 : Math.min(u32(vectors + 4), chunk);
      out[fd]?.push(Buffer.from(bytes(u32(vectors), length)));
      return put(written, length);
    },
    fd_close: (fd: number) => (files.delete(fd) ? OK : BADF),
    proc_exit(code: number) {
      throw new Exit(code);
    },
  };

  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi });
  memory = instance.exports.memory as WebAssembly.Memory;
  let code = 0;
  try {
    (instance.exports._start as () => void)();
  } catch (end) {
    if (!(end instanceof Exit)) throw end;
    code = end.code;
  }
  const [, stdout, stderr] = out.map((parts) => Buffer.concat(parts).toString());
  return { code, stdout: stdout as string, stderr: stderr as string };
}

/** A way to a board's UART and back: a serial port, or an emulator that a program of boards/ starts. */
import { EXIT_IO } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { listenTo } from '../terminal/firmware.ts';
import { needParts } from '../terminal/parts.ts';

export interface Link {
  write(bytes: Uint8Array): void;
  /** Called with all that comes. */
  onData(take: (bytes: Uint8Array) => void): void;
  /** Called once where the other side ends, with why. */
  onEnd(take: (why: string) => void): void;
  close(): void;
}

/** What we use of the package serialport, which is not installed with ours. */
interface SerialPort {
  write(bytes: Uint8Array): void;
  on(event: 'data', take: (bytes: Uint8Array) => void): void;
  on(event: 'close' | 'open', take: () => void): void;
  on(event: 'error', take: (error: Error) => void): void;
  close(): void;
}

const PACKAGE = 'serialport';

export async function openPort(path: string, baudRate: number): Promise<Link> {
  needParts(path, [PACKAGE]);
  const { SerialPort } = (await import(PACKAGE)) as {
    SerialPort: new (options: { path: string; baudRate: number }) => SerialPort;
  };
  const port = new SerialPort({ path, baudRate });
  await new Promise<void>((resolve, reject) => {
    port.on('open', resolve);
    port.on('error', ({ message }) => reject(new Failure(EXIT_IO, `${path}: ${message}`)));
  });
  return {
    write: (bytes) => port.write(bytes),
    onData: (take) => port.on('data', take),
    onEnd: (take) => port.on('close', () => take(`${path} was closed`)),
    close: () => port.close(),
  };
}

/** `job`: what boards/listen.mjs takes. */
export function openEmulator(job: { board: string; model: string; runtime: string }): Link {
  const child = listenTo(job);
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  // One that died is told by its end.
  child.stdin.on('error', () => {});
  return {
    write: (bytes) => child.stdin.write(bytes),
    onData: (take) => child.stdout.on('data', take),
    onEnd: (take) => child.on('close', () => take(said.trim() || `the emulator of ${job.board} ended`)),
    close: () => child.stdin.end(),
  };
}

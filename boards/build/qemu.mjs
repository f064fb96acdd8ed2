/** A firmware under QEMU: one that prints lines and ends, or one that listens. */
import { spawn } from 'node:child_process';
import { Missing, run } from './program.mjs';

/** `-icount shift=0`: an instruction lasts 1 ns, so that every repeat is the same. */
const ALWAYS = '-icount shift=0 -display none -monitor none -semihosting-config enable=on,target=native';

/** What the firmware printed. @param {{ program: string, advice: string, args: string[] }} machine */
export async function qemu({ program, advice, args }, elf, seconds) {
  const all = [...args, ...ALWAYS.split(' '), '-serial', 'none', '-kernel', elf];
  // A firmware that fails ends QEMU with its own status; its output tells why.
  const { stdout, stderr, timedOut } = await run(program, all, { advice, seconds, mayFail: true });
  if (timedOut) throw new Error(`no end within ${seconds} s; the last words: ${last(stdout)}`);
  return `${stdout}${stderr}`;
}

/** Its UART is our stdin and stdout, until stdin ends or QEMU does. */
export function qemuListens({ program, advice, args }, elf) {
  const all = [...args, ...ALWAYS.split(' '), '-serial', 'stdio', '-kernel', elf];
  const child = spawn(program, all, { stdio: ['pipe', 'inherit', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  process.stdin.pipe(child.stdin);
  // QEMU does not end with its stdin.
  process.stdin.on('end', () => child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  return new Promise((resolve, reject) => {
    child.on('error', () => reject(new Missing(`install ${advice}`)));
    child.on('exit', resolve);
  });
}

/** The words of every line up to `done`; what a firmware says of its failure is thrown. */
export function linesOf(said) {
  const lines = said.split(/\r?\n/).map((line) => line.split(' '));
  const failed = lines.find(([what]) => what === 'fail');
  if (failed !== undefined) {
    const differs = lines.find(([what]) => what === 'differs');
    throw new Error(
      [...(differs === undefined ? [] : [`${differs.join(' ')}:`]), ...failed.slice(1)].join(' '),
    );
  }
  if (!lines.some(([what]) => what === 'done'))
    throw new Error(`the firmware died: ${last(said) || 'no output'}`);
  return lines.map(([what, ...rest]) => [
    what,
    ...rest.map((word) => (/^-?\d+$/.test(word) ? Number(word) : word)),
  ]);
}

function last(said) {
  return said.trim().split('\n').slice(-3).join('; ');
}

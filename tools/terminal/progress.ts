/** A progress bar on a terminal; nothing at all in a pipe. */
import { SingleBar } from 'cli-progress';

export type Progress = (stage: string, done: number, total: number) => void;

export interface ProgressBar {
  update: Progress;
  stop(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function progressBar(stream: NodeJS.WriteStream = process.stderr, unit = 'images'): ProgressBar {
  if (!stream.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `{stage} {bar} {percentage} % | {value}/{total} ${unit} | {left} left`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 30,
  });
  let running = '';
  let start = 0;
  let from = 0;
  const stop = (): void => {
    bar.stop();
    for (const name of SIGNALS) process.off(name, leave);
  };
  // Whoever is interrupted gets the cursor back; what else happens is for other listeners, or Node, to say.
  const leave = (name: NodeJS.Signals): void => {
    stop();
    if (process.listenerCount(name) === 0) process.kill(process.pid, name);
  };
  return {
    update(stage, done, total) {
      if (stage !== running) {
        stop();
        bar.start(total, done, { stage: stage.padEnd(18), left: '?' });
        for (const name of SIGNALS) process.on(name, leave);
        running = stage;
        from = 0;
      }
      // Measured from the first image on: before it, threads started and models were loaded.
      if (from === 0) {
        start = performance.now();
        from = done;
      }
      const seconds = ((performance.now() - start) / 1000) * ((total - done) / (done - from));
      bar.update(done, { left: done > from ? timeInWords(seconds) : '?' });
    },
    stop,
  };
}

/** "45 s", "3 min 20 s", "2 h 05 min" */
export function timeInWords(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

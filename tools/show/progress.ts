/** A progress bar on a terminal; nothing at all in a pipe. */
import { SingleBar } from 'cli-progress';

export type Progress = (stage: string, done: number, total: number) => void;

export interface ProgressBar {
  update: Progress;
  stop(): void;
}

export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!stream.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: '{stage} {bar} {percentage} % | {value}/{total} images | {eta_formatted} left',
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 30,
  });
  let running = '';
  return {
    update(stage, done, total) {
      if (stage !== running) {
        bar.stop();
        bar.start(total, done, { stage: stage.padEnd(18) });
        running = stage;
      } else bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

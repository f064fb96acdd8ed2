/** Ctrl-C that keeps what is done: the first one asks to stop, the second one ends at once. */

/** Exit code of a command that was interrupted, whatever the signal. */
export const EXIT_INTERRUPTED = 130;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal;
  /** Signals end the process again. */
  release(): void;
}

/** @param onFirst told once, to say that stopping takes a moment */
export function catchInterrupt(onFirst: () => void = () => {}): Interrupt {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort();
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}

// What must not stay behind when the process is told to end before its work is done.

const SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `clean` when a signal ends the process: SIGTERM, SIGHUP, or the second Ctrl-C (the first one lets the work end by itself).
 * Returns what takes the guard away.
 */
export function onDeath(clean: () => void): () => void {
  let interrupts = 0;
  const end = (signal: NodeJS.Signals): void => {
    release();
    clean();
    process.kill(process.pid, signal);
  };
  const onInterrupt = (): void => {
    if (++interrupts > 1) end('SIGINT');
  };
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, end);
    process.off('SIGINT', onInterrupt);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  process.on('SIGINT', onInterrupt);
  return release;
}

// Waiting that an abort ends.

/**
 * What `waiting` gives, or false as soon as `signal` is aborted. Nothing is left behind: a promise that is raced again and again
 * would keep a record of every race until it is settled.
 */
export function unlessAborted(waiting: Promise<boolean>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) return waiting;
  // An abort that came first calls no listener any more.
  if (signal.aborted) {
    waiting.catch(() => {});
    return Promise.resolve(false);
  }
  return new Promise((resolve, reject) => {
    const stop = () => resolve(false);
    signal.addEventListener('abort', stop, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

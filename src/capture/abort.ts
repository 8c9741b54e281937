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

/** What `pieces` gives, until `signal` is aborted. */
export async function* untilAborted<T>(pieces: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const from = pieces[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<T> | null = null;
    const more = from.next().then((got) => {
      next = got;
      return got.done !== true;
    });
    if (!(await unlessAborted(more, signal))) return;
    yield (next as unknown as IteratorYieldResult<T>).value;
  }
}

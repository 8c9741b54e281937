// The wire to the thread that started this one.
import { parentPort, type Transferable } from 'node:worker_threads';
import type { Wire } from './wire.js';

export function parentWire<Out, In>(): Wire<Out, In> {
  const port = parentPort;
  if (port === null) throw new Error('this file is the start of a thread');
  const wire: Wire<Out, In> = {
    post: (message, transfer = []) => port.postMessage(message, transfer as readonly Transferable[]),
    onMessage: () => undefined,
    close: async () => port.close(),
  };
  port.on('message', (message: In) => wire.onMessage(message));
  return wire;
}

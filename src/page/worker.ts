// The worker of the page: starts the engine.
import { Engine } from './engine.js';
import type { FromEngine, ToEngine } from './messages.js';

/** What a worker has. */
interface Worker {
  onmessage: ((event: { readonly data: ToEngine }) => void) | null;
  postMessage(message: FromEngine): void;
}

const worker = globalThis as unknown as Worker;
const engine = new Engine((message) => worker.postMessage(message));
worker.onmessage = ({ data }) => void engine.receive(data);

// Capturing by the package `cap`, for systems with neither tcpdump nor dumpcap. It runs in a process of its own, as they do: when an
// interface goes down, cap ends the process it is in. It gives no kernel times, no original lengths and no count of losses, and keeps
// no hold of the buffer it writes to.
import { createRequire } from 'node:module';
import { CaptureError } from '../../errors.js';
import type { CaptureInterface } from '../frame.js';
import { Frame } from '../frame.js';
import { LINKTYPE } from '../linktypes.js';
import { emptyInfo } from '../records.js';
import { CaptureWriter } from '../write.js';

/** One handle; the package's type. */
interface Cap {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  close(): void;
  on(event: 'packet', taken: (length: number, truncated: boolean) => void): void;
}

interface Package {
  readonly Cap: new () => Cap;
}

export interface CapOptions {
  readonly interfaces: readonly string[];
  readonly filter: string;
  readonly bufferBytes: number;
}

const LINK_TYPES: Readonly<Record<string, number>> = {
  ETHERNET: LINKTYPE.EN10MB,
  NULL: LINKTYPE.NULL,
  LINKTYPE_LINUX_SLL: LINKTYPE.LINUX_SLL,
  RAW: LINKTYPE.RAW,
  IEEE802_11_RADIO: 127,
};
/** cap asks libpcap for at most this many bytes of a frame. */
const SNAP_LENGTH = 65_535;
/** Milliseconds between two times that packets are handed on. */
const FLUSH_MS = 20;
/** Bytes that may wait for a slow reader; what comes on top is lost, and counted. */
const MAX_WAITING = 64 << 20;

// Not among the dependencies: it is compiled when it is installed, against the headers of libpcap. Looked for as `require` does, so
// that NODE_PATH counts.
const require = createRequire(import.meta.url);

/** Whether the user has installed it beside this program. */
export function isCapInstalled(): boolean {
  try {
    require.resolve('cap');
    return true;
  } catch {
    return false;
  }
}

/** Captures until `stop` of the result is called. `write` is handed pcapng and tells how many bytes wait to be read; it is done with them when it returns. */
export class CapCapture {
  lost = 0;
  private readonly handles: Cap[] = [];
  /** cap writes each packet there and holds no reference: freed, it would write into what comes after. */
  private readonly buffers: Buffer[] = [];
  private readonly flushing: NodeJS.Timeout;

  /** Throws CaptureError. `tick` is called every few milliseconds. */
  constructor({ interfaces, filter, bufferBytes }: CapOptions, write: (bytes: Uint8Array) => number, tick: () => void) {
    const { Cap } = require('cap') as Package;
    let waiting = 0;
    const writer = new CaptureWriter((bytes) => {
      waiting = write(bytes);
    });
    const info = emptyInfo('-', null);
    const frame = new Frame();
    for (const [id, name] of interfaces.entries()) {
      const handle = new Cap();
      const buffer = Buffer.alloc(SNAP_LENGTH);
      this.handles.push(handle);
      this.buffers.push(buffer);
      let linkType: number;
      try {
        linkType = linkTypeOf(handle.open(name, filter, bufferBytes, buffer));
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        throw new CaptureError('io', what.includes(name) ? what : `${name}: ${what}`, name);
      }
      info.interfaces.push(described(id, name, linkType, filter));
      handle.on('packet', (length) => {
        if (waiting > MAX_WAITING) {
          this.lost++;
          return;
        }
        const nowMs = performance.timeOrigin + performance.now();
        frame.bytes = buffer;
        frame.end = frame.wireLength = length;
        frame.linkType = linkType;
        frame.interfaceId = id;
        frame.seconds = Math.floor(nowMs / 1000);
        frame.nanoseconds = Math.floor((nowMs - frame.seconds * 1000) * 1e6);
        writer.write(frame, info);
      });
    }
    this.flushing = setInterval(() => {
      writer.flush();
      waiting = write(NOTHING);
      tick();
    }, FLUSH_MS);
    this.stop = () => {
      clearInterval(this.flushing);
      for (const handle of this.handles.splice(0)) handle.close();
      writer.flush();
    };
  }

  readonly stop: () => void;
}

const NOTHING = new Uint8Array(0);

/** `Unknown linktype 276` is what it says of those it has no name for. */
const linkTypeOf = (text: string): number => LINK_TYPES[text] ?? Number(/\d+$/.exec(text)?.[0] ?? LINKTYPE.EN10MB);

const described = (id: number, name: string, linkType: number, filter: string): CaptureInterface => ({
  id,
  section: 1,
  linkType,
  snapLength: SNAP_LENGTH,
  name,
  description: null,
  filter: filter === '' ? null : filter,
  dropped: null,
  received: null,
});

// Capturing by the package `cap`, for systems with neither tcpdump nor dumpcap. It gives no kernel times, no original lengths and no
// count of losses, and keeps no hold of the buffer it writes to.
import { CaptureError } from '../../errors.js';
import type { CaptureInfo, CaptureInterface, CaptureSource } from '../frame.js';
import { Frame } from '../frame.js';
import { LINKTYPE } from '../linktypes.js';
import { captureFrom } from '../open.js';
import { emptyInfo } from '../records.js';
import { CaptureWriter } from '../write.js';
import type { Feed, Tell } from './feed.js';

/** One handle; the package's type. */
interface Cap {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  close(): void;
  on(event: 'packet', taken: (length: number, truncated: boolean) => void): void;
}

interface Package {
  readonly Cap: new () => Cap;
}

const LINK_TYPES: Readonly<Record<string, number>> = {
  ETHERNET: LINKTYPE.EN10MB,
  NULL: LINKTYPE.NULL,
  LINKTYPE_LINUX_SLL: LINKTYPE.LINUX_SLL,
};
/** cap asks libpcap for at most this many bytes of a frame. */
const SNAP_LENGTH = 65_535;
const FLUSH_MS = 20;
/** Bytes that wait to be read; what comes on top is lost, and counted. */
const MAX_WAITING = 64 << 20;

/** The package, where the user has installed it beside this program; else null. */
export async function loadCap(): Promise<Package | null> {
  try {
    // Not among the dependencies: it is compiled when it is installed, against the headers of libpcap.
    const name = 'cap';
    const loaded = (await import(name)) as { default?: Package } & Partial<Package>;
    return loaded.default ?? (loaded.Cap === undefined ? null : { Cap: loaded.Cap });
  } catch {
    return null;
  }
}

export class CapFeed implements Feed {
  readonly path: string;
  readonly lateMs = 100;
  private readonly handles: Cap[] = [];
  /** cap writes each packet there and holds no reference: freed, it would write into what comes after. */
  private readonly buffers: Buffer[] = [];
  private readonly info: CaptureInfo;
  private readonly waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private lost = 0;
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly cap: Package,
    private readonly options: {
      readonly interfaces: readonly string[];
      readonly filter: string | null;
      readonly bufferMiB: number;
    },
    private readonly tell: Tell,
  ) {
    this.path = options.interfaces.join(',');
    this.info = emptyInfo(this.path, null);
  }

  async start(): Promise<void> {
    const { interfaces, filter, bufferMiB } = this.options;
    const writer = new CaptureWriter((bytes) => this.push(bytes.slice()), this.path);
    const frame = new Frame();
    for (const [id, name] of interfaces.entries()) {
      const handle = new this.cap.Cap();
      const buffer = Buffer.alloc(SNAP_LENGTH);
      this.handles.push(handle);
      this.buffers.push(buffer);
      let linkType: number;
      try {
        linkType = LINK_TYPES[handle.open(name, filter ?? '', bufferMiB << 20, buffer)] ?? LINKTYPE.EN10MB;
      } catch (error) {
        throw refused(name, error);
      }
      this.info.interfaces.push(described(id, name, linkType, filter));
      handle.on('packet', (length) => {
        if (this.waitingBytes > MAX_WAITING) {
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
        writer.write(frame, this.info);
      });
    }
    const flushing = setInterval(() => {
      writer.flush();
      if (this.ended) clearInterval(flushing);
    }, FLUSH_MS);
    this.tell('capturing by the package cap: times are those of arrival, lengths those captured, losses are not counted');
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    yield captureFrom(this.chunks(), this.path, { unfinished: true });
  }

  dropped(): number | null {
    return this.lost > 0 ? this.lost : null;
  }

  stop(): void {
    if (this.ended) return;
    this.ended = true;
    for (const handle of this.handles) handle.close();
    this.wake();
  }

  private push(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.wake();
  }

  private async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.waiting.shift();
      if (next !== undefined) {
        this.waitingBytes -= next.length;
        yield next;
      } else if (this.ended) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

const described = (id: number, name: string, linkType: number, filter: string | null): CaptureInterface => ({
  id,
  section: 1,
  linkType,
  snapLength: SNAP_LENGTH,
  name,
  description: null,
  filter,
  dropped: null,
  received: null,
});

function refused(name: string, error: unknown): CaptureError {
  const what = error instanceof Error ? error.message : String(error);
  if (/permission|not permitted/i.test(what))
    return new CaptureError(
      'no-rights',
      `${name}: no right to capture; start with sudo, or install tcpdump and let it capture`,
      name,
    );
  return new CaptureError(
    'io',
    `${name}: cap cannot capture there (${what}); is the interface up? 'hopscope live --list' shows`,
    name,
  );
}

// Keeps the packets of a live capture in a file, or in a ring of files. Whole blocks are handed to the system after each batch, so
// that the file can be read however this program ends.
import { rmSync } from 'node:fs';
import { u32 } from '../../bytes/read.js';
import type { CaptureInfo, CaptureInterface, Frame } from '../frame.js';
import { LINKTYPE, NUMBERED } from '../linktypes.js';
import { type CaptureFile, createCapture } from '../write.js';
import { numbered, ringFiles } from './ring.js';

export interface Ring {
  readonly fileBytes: number;
  readonly files: number;
}

/** The name of an interface number of the capturing system. */
type Named = (index: number) => string | undefined;

const KEPT_INTERFACES = 4096;

export class Keeper {
  /** Files written so far, and frames in them. */
  readonly paths: string[] = [];
  frames = 0;
  private file: CaptureFile;
  private bytes = 0;
  private number = 1;
  /** What the written file says of its interfaces; a new file starts anew. */
  private info: CaptureInfo | null = null;
  private readonly ids = new Map<string, number>();

  constructor(
    private readonly path: string,
    private readonly ring: Ring | null,
    private readonly named: Named,
    /** pcap-filter(7) in force that the source itself does not say, or null. */
    private readonly filter: string | null = null,
  ) {
    // Those of an earlier ring would read as a part of this one.
    if (ring !== null) for (const old of ringFiles(path)) rmSync(old, { force: true });
    this.file = this.open();
  }

  write(frame: Frame, from: CaptureInfo): void {
    if (this.ring !== null && this.bytes > this.ring.fileBytes) this.turn();
    this.info ??= { ...from, interfaces: [], frameComments: new Map() };
    // What the reader calls an interface: the written file has one for each number of a cooked capture, so that it has a name.
    const id = frame.interfaceId;
    frame.interfaceId = this.idOf(frame, from);
    this.file.write(frame, this.info);
    frame.interfaceId = id;
    this.frames++;
    this.bytes += frame.end - frame.start + 44;
  }

  /** What was written can be read from now on. */
  flush(): void {
    this.file.flush();
  }

  /** What was written so far stays; no more comes. */
  abandon(): void {
    this.file.abort();
  }

  finish(dropped: number | null): void {
    // Nobody knows which interface they were on; the first stands for all.
    const [first] = this.info?.interfaces ?? [];
    if (first !== undefined && dropped !== null) first.dropped = dropped;
    this.file.finish();
  }

  private idOf(frame: Frame, from: CaptureInfo): number {
    const cooked = frame.linkType === LINKTYPE.LINUX_SLL2 && frame.end - frame.start >= 8;
    const index = cooked ? u32(frame.bytes, frame.start + 4) : frame.interfaceId;
    const key = `${frame.linkType} ${index}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const interfaces = (this.info as CaptureInfo).interfaces;
    if (interfaces.length >= KEPT_INTERFACES) return KEPT_INTERFACES - 1;
    const origin = from.interfaces[frame.interfaceId];
    const id = interfaces.length;
    interfaces.push({
      ...(origin as CaptureInterface),
      id,
      // A cooked capture's own interface is called any.
      name: (cooked ? (this.named(index) ?? origin?.name) : (origin?.name ?? this.named(index))) ?? null,
      description: cooked ? `${NUMBERED}${index}` : (origin?.description ?? null),
      filter: origin?.filter ?? this.filter,
      dropped: null,
      received: null,
    });
    this.ids.set(key, id);
    return id;
  }

  private open(): CaptureFile {
    const path = this.ring === null ? this.path : numbered(this.path, this.number);
    this.paths.push(path);
    const file = createCapture(path, { format: 'pcapng', application: 'hopscope', atomic: false });
    try {
      file.flush();
    } catch (error) {
      // A full disk: no empty file with that name stays.
      file.abort();
      throw error;
    }
    return file;
  }

  private turn(): void {
    this.file.finish();
    this.number++;
    this.bytes = 0;
    this.info = null;
    this.ids.clear();
    this.file = this.open();
    while (this.ring !== null && this.paths.length > this.ring.files) rmSync(this.paths.shift() as string, { force: true });
  }
}

// Writes packets of a run as one pcapng, with the names of their interfaces.
import { u32 } from '../../bytes/read.js';
import type { CaptureInfo, CaptureInterface } from '../../capture/frame.js';
import { LINKTYPE, NUMBERED } from '../../capture/linktypes.js';
import { emptyInfo } from '../../capture/records.js';
import { createCapture } from '../../capture/write.js';
import { UsageError } from '../../errors.js';
import type { Packets } from './packets.js';

const TURN_MS = 8;
const SLICE = 64;
/** Interfaces of one file. */
const MAX_INTERFACES = 4096;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** `numberAt(i)`: the packets, until 0. Resolves to how many were written. `path` is the whole capture or what it was before. `comments`: of the capture. */
export async function savePackets(
  packets: Packets,
  path: string,
  numberAt: (position: number) => number,
  signal: AbortSignal,
  comments: readonly string[],
): Promise<number> {
  const file = createCapture(path, { format: 'pcapng', application: 'hopscope', comments });
  const info: CaptureInfo = emptyInfo(path, null);
  const ids = new Map<string, number>();
  let written = 0;
  try {
    let turnAt = performance.now() + TURN_MS;
    for (let n = numberAt(0); n > 0; n = numberAt(++written)) {
      if (!packets.read(n))
        throw new UsageError(`packet ${n} cannot be read any more, so nothing was saved: the capture has changed`);
      const { frame } = packets;
      const comment = packets.info.frameComments.get(n);
      if (comment !== undefined) info.frameComments.set(n, comment);
      const own = frame.interfaceId;
      frame.interfaceId = idOf(packets, info.interfaces, ids);
      file.write(frame, info);
      frame.interfaceId = own;
      info.frameComments.clear();
      if (written % SLICE !== 0 || performance.now() < turnAt) continue;
      await turn();
      if (signal.aborted) throw new UsageError('stopped, nothing was saved');
      turnAt = performance.now() + TURN_MS;
    }
  } catch (error) {
    file.abort();
    throw error;
  }
  file.finish();
  return written;
}

/** The written file has an interface for each number of a cooked capture, so that it has a name there. */
function idOf(packets: Packets, interfaces: CaptureInterface[], ids: Map<string, number>): number {
  const { frame, capture } = packets;
  const isCooked = frame.linkType === LINKTYPE.LINUX_SLL2 && frame.end - frame.start >= 8;
  const index = isCooked ? u32(frame.bytes, frame.start + 4) : frame.interfaceId;
  const key = `${capture} ${frame.linkType} ${index}`;
  const known = ids.get(key);
  if (known !== undefined) return known;
  if (interfaces.length >= MAX_INTERFACES) return MAX_INTERFACES - 1;
  const origin = packets.info.interfaces[frame.interfaceId];
  const name = packets.name(packets.layers);
  const id = interfaces.length;
  const several = packets.lab.captures.length > 1;
  interfaces.push({
    ...origin,
    id,
    name: name === null ? (several ? packets.point : origin.name) : several ? `${packets.point}/${name}` : name,
    description: isCooked && !several ? `${NUMBERED}${index}` : origin.description,
    dropped: null,
    received: null,
  });
  ids.set(key, id);
  return id;
}

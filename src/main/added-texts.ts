// Texts that plug-ins read: packets of them become a capture, what they say of the network a topology.
import { join } from 'node:path';
import { contentOf } from '../capture/text-file.js';
import { CaptureError, TopologyError } from '../errors.js';
import { type Owned, textReaders, topologyReaders } from '../plugin/added.js';
import type { TextReader, TopologyReader } from '../plugin/rows.js';
import type { MakeFolder } from './bundle.js';
import { readText } from './read-text.js';

const why = (plugin: string, error: unknown): string =>
  `the plug-in ${plugin} could not read it: ${error instanceof Error ? error.message : String(error)}`;

/** The reader of a plug-in that takes this text, or null. Throws CaptureError where one of them throws. */
export function textReaderOf(path: string, file: string): Owned<TextReader> | null {
  if (textReaders.length === 0) return null;
  const content = contentOf(file);
  if (content?.kind !== 'text') return null;
  for (const owned of textReaders) {
    try {
      if (owned.row.looks(content.head)) return owned;
    } catch (error) {
      throw new CaptureError('unsupported', `${path}: ${why(owned.plugin, error)}`, path);
    }
  }
  return null;
}

/** Where the packets of such a text lie as a capture. Throws CaptureError. */
export async function readAsCapture(
  { plugin, row }: Owned<TextReader>,
  path: string,
  file: string,
  makeFolder: MakeFolder,
): Promise<string> {
  const [{ createCapture }, { Frame }, { fill, noFile }] = await Promise.all([
    import('../capture/write.js'),
    import('../capture/frame.js'),
    import('./made-frame.js'),
  ]);
  const made = join(makeFolder(), 'read.pcapng');
  const capture = createCapture(made, { format: 'pcapng' });
  try {
    const info = noFile();
    const frame = new Frame();
    let count = 0;
    for (const one of row.frames(readText(file))) {
      fill(frame, one, ++count, info);
      capture.write(frame, info, one.comment === undefined ? [] : [one.comment]);
    }
    capture.finish();
    return made;
  } catch (error) {
    capture.abort();
    throw new CaptureError('unsupported', `${path}: ${why(plugin, error)}`, path);
  }
}

export function topologyReaderOf(head: string): Owned<TopologyReader> | null {
  for (const owned of topologyReaders) {
    try {
      if (owned.row.looks(head.slice(0, 65_536))) return owned;
    } catch (error) {
      throw new TopologyError(why(owned.plugin, error));
    }
  }
  return null;
}

/** A text that a plug-in knows, as a topology file; others as they are. Throws TopologyError. */
export function asTopology(name: string, text: string): string {
  const owned = topologyReaders.length === 0 ? null : topologyReaderOf(text);
  if (owned === null) return text;
  try {
    return JSON.stringify(owned.row.topology(text));
  } catch (error) {
    throw new TopologyError(`${name}: ${why(owned.plugin, error)}`);
  }
}

// The report itself. The other formats are made from the same record.
import type { Run } from './run.js';

// JSON.stringify writes the keys of a list in its order and leaves out what is not listed: the shape stays the
// documented one whatever the engine put into a record.
const KEYS: string[] = [
  ...['schema', 'tool', 'captures', 'findings', 'summary'],
  ...['index', 'name', 'version', 'nameFrom', 'in', 'out'],
  ...['rule', 'verdict', 'severity', 'confidence', 'title', 'message', 'cause', 'hint', 'commands', 'subject'],
  ...['src', 'dst', 'proto', 'srcPort', 'dstPort', 'tunnel', 'vni'],
  ...['interfaceIn', 'interfaceOut', 'interfaceExpected', 'target', 'macs', 'node', 'evidence'],
  ...['point', 'file', 'format', 'linkTypes', 'frames', 'bytes', 'frame', 'time', 'fileOffset', 'length', 'field', 'note'],
  ...['count', 'first', 'last', 'id', 'explains', 'foldedUnder', 'dropped', 'clipped', 'interfaces', 'error'],
  ...['fail', 'inconclusive', 'pass'],
];

// JSON leaves DEL, C1 and the characters that turn a terminal's line around as they are; escaped, the value is the same.
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text that is the same JSON, safe to print on a terminal. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function json(run: Run): string {
  return `${safeJson(JSON.stringify(run, KEYS, 2))}\n`;
}

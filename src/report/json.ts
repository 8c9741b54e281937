// The report itself. The other formats are made from the same record.
import { safeJson } from '../bytes/text.js';
import type { Run } from './run.js';

export { safeJson };

// JSON.stringify writes the keys of a list in its order and leaves out what is not listed: the shape stays the
// documented one whatever the engine put into a record.
export const KEYS: readonly string[] = [
  ...['schema', 'tool', 'captures', 'findings', 'summary'],
  ...['index', 'name', 'version', 'nameFrom', 'in', 'out'],
  ...['rule', 'verdict', 'severity', 'confidence', 'title', 'message', 'cause', 'hint', 'commands', 'subject'],
  ...['names', 'address', 'word'],
  ...['src', 'dst', 'proto', 'srcPort', 'dstPort', 'tunnel', 'vni'],
  ...['interfaceIn', 'interfaceOut', 'interfaceExpected', 'target', 'macs', 'node', 'evidence'],
  ...[
    'point',
    'file',
    'format',
    'linkTypes',
    'frames',
    'bytes',
    'frame',
    'conversation',
    'time',
    'fileOffset',
    'length',
    'field',
    'note',
  ],
  ...[
    'count',
    'first',
    'last',
    'id',
    'explains',
    'foldedUnder',
    'dropped',
    'clipped',
    'interfaces',
    'error',
    'interrupted',
    'lacking',
  ],
  ...['phases', 'outcome', 'from', 'to', 'contrast', 'alternatives'],
  ...['ledger', 'questions', 'answered', 'refused', 'explained', 'undecided', 'notDue', 'kinds', 'forgotten', 'what'],
  ...[
    'connection',
    'data',
    'echo',
    'dns',
    'service',
    'dhcp',
    'arp',
    'nd',
    'session',
    'rest',
    'lost',
    'repeated',
    'open',
    'hidden',
  ],
  ...['quotes', 'witness', 'says', 'text', 'witnesses', 'lines', 'used', 'unread', 'notUnderstood', 'events', 'uncounted'],
  ...['flows', 'joined', 'clockAheadMs'],
  ...['suites', 'kind', 'line', 'column', 'expected', 'seen', 'finding', 'points', 'seconds', 'expectations', 'uncovered'],
  ...['retry', 'flaky'],
  ...['topology', 'files', 'nodes', 'routes', 'tunnels', 'paths', 'walked', 'delivered', 'broken'],
  ...['rules', 'flaky', 'cached', 'shard', 'of', 'fail', 'inconclusive', 'pass'],
];

export function json(run: Run): string {
  return `${safeJson(JSON.stringify(run, KEYS as string[], 2))}\n`;
}

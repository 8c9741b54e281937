// The session of a screen that shows no capture yet.
import { UsageError } from '../../errors.js';
import type { PacketList, Progress, Session, Table } from '../session.js';
import { NOT_COMPARED } from './compared.js';

const PROGRESS: Progress = { state: 'done', bytes: 0, totalBytes: 0, frames: 0, framesPerSecond: 0, error: null };
const PACKETS: PacketList = {
  count: 0,
  filter: '',
  order: null,
  progress: PROGRESS,
  rows: () => [],
  numberAt: () => 0,
  positionOf: () => -1,
};
const TABLE: Table = { columns: [], count: 0, isPartial: false, tabs: [], rows: () => [] };
const refuse = (): never => {
  throw new UsageError('no capture is open');
};

export const noSession = (): Session => ({
  captures: [],
  load: PROGRESS,
  packets: PACKETS,
  findings: [],
  findingsKnown: false,
  checks: null,
  comments: { unsaved: 0, of: () => '', write: refuse, ofCapture: () => [], writeCapture: refuse },
  log: [],
  compared: NOT_COMPARED,
  decodedAs: [],
  areNames: false,
  onChange: () => undefined,
  stop: () => undefined,
  close: async () => undefined,
  checkFilter: () => null,
  complete: (_text, cursor) => ({ start: cursor, items: [] }),
  colorBy: (filters) => filters.map(() => null),
  show: () => undefined,
  detail: () => null,
  about: () => null,
  table: () => TABLE,
  find: async () => -1,
  hits: async () => undefined,
  stream: async () => null,
  sequence: async () => null,
  ladder: async () => null,
  map: async () => null,
  timeline: async () => null,
  compare: () => undefined,
  traffic: async () => ({
    stepNs: 1,
    packets: new Float64Array(),
    bytes: new Float64Array(),
    shownPackets: new Float64Array(),
    shownBytes: new Float64Array(),
  }),
  evidenceCount: () => 0,
  evidence: () => 0,
  packetOf: () => 0,
  nameOf: String,
  frameBeside: () => 0,
  packetAt: () => 0,
  decodeAs: refuse,
  save: async () => refuse(),
  page: () => '',
});

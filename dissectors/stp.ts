// Spanning tree: STP and RSTP (IEEE 802.1D-2004 clause 9), MSTP (IEEE 802.1Q-2018 clause 14), PVST+ (Cisco).
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, bytes, fieldsOf, flag, layout, mac, rsv, scaled, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

/** Values of `stp.type`. */
export const BPDU = { configuration: 0x00, rapid: 0x02, topologyChange: 0x80 } as const;

export const header = layout('stp', [
  uint('protocol', 16, 'Protocol identifier', 'hex'),
  uint('version', 8, 'Protocol version', {
    values: { 0: 'Spanning Tree', 2: 'Rapid Spanning Tree', 3: 'Multiple Spanning Tree' },
  }),
  uint('type', 8, 'BPDU type', {
    base: 'hex',
    values: { 0: 'Configuration', 2: 'Rapid/Multiple Spanning Tree', 128: 'Topology Change Notification' },
  }),
]);

const oldFlags = [flag('flags.tcack', 'Topology change acknowledgment'), rsv(6), flag('flags.tc', 'Topology change')];
const newFlags = [
  flag('flags.tcack', 'Topology change acknowledgment'),
  flag('flags.agreement', 'Agreement'),
  flag('flags.forwarding', 'Forwarding'),
  flag('flags.learning', 'Learning'),
  uint('flags.port_role', 2, 'Port role', { values: { 1: 'Alternate or Backup', 2: 'Root', 3: 'Designated' } }),
  flag('flags.proposal', 'Proposal'),
  flag('flags.tc', 'Topology change'),
];

/** What follows the header of a configuration BPDU; in version 0 most of the flags are reserved. */
const configurationFlags = layout('stp', [bits('flags', 'BPDU flags', oldFlags)]);
const rapidFlags = layout('stp', [bits('flags', 'BPDU flags', newFlags)]);
export const configuration = layout('stp', [
  // The low 12 bits of a bridge priority are its VLAN or MST instance (802.1D-2004 clause 9.2.5).
  uint('root.prio', 4, 'Root bridge priority', { times: 4096 }),
  uint('root.ext', 12, 'Root bridge system ID extension'),
  mac('root.hw', 'Root bridge'),
  uint('root.cost', 32, 'Root path cost'),
  uint('bridge.prio', 4, 'Bridge priority', { times: 4096 }),
  uint('bridge.ext', 12, 'Bridge system ID extension'),
  mac('bridge.hw', 'Bridge'),
  uint('port', 16, 'Port identifier', 'hex'),
  scaled('msg_age', 16, 'Message age', 1 / 256),
  scaled('max_age', 16, 'Max age', 1 / 256),
  scaled('hello', 16, 'Hello time', 1 / 256),
  scaled('forward', 16, 'Forward delay', 1 / 256),
]);

const version1Length = layout('stp', [uint('version_1_length', 8, 'Version 1 length')]);
const version3Length = layout('mstp', [uint('version_3_length', 16, 'Version 3 length')]);
const mstId = layout('mstp', [uint('config_format_selector', 8, 'MST configuration ID format selector')]);
const configName = field('mstp.config_name', 'MST configuration name', 'string');
const configRest = layout('mstp', [
  uint('config_revision_level', 16, 'MST configuration revision'),
  bytes('config_digest', 16, 'MST configuration digest'),
]);
const cist = layout('mstp', [
  uint('cist_internal_root_path_cost', 32, 'CIST internal root path cost'),
  uint('cist_bridge.prio', 4, 'CIST bridge priority', { times: 4096 }),
  uint('cist_bridge.ext', 12, 'CIST bridge system ID extension'),
  mac('cist_bridge.hw', 'CIST bridge'),
  uint('cist_remaining_hops', 8, 'CIST remaining hops'),
]);
const mstiFlags = layout('mstp', [uint('msti.flags', 8, 'MSTI flags', 'hex')]);
const mstiFlagBits = layout('stp', newFlags);
const msti = layout('mstp', [
  uint('msti.priority', 4, 'Priority', 'hex'),
  uint('msti.msti_id', 12, 'MSTID'),
  mac('msti.root.hw', 'Regional root'),
  uint('msti.root_cost', 32, 'Internal root path cost'),
  uint('msti.bridge_priority', 4, 'Bridge priority'),
  rsv(4),
  uint('msti.port_priority', 4, 'Port priority'),
  rsv(4),
  uint('msti.remaining_hops', 8, 'Remaining hops'),
]);

const version4Length = layout('mstp', [uint('version_4_length', 16, 'Version 4 length')]);
const agreement = layout('mstp', [
  rsv(2),
  flag('agree_flags.rest_role', 'Restricted role'),
  flag('agree_flags.agreement_valid', 'Agreement valid'),
  uint('agree_flags.dagreement_num', 2, 'Discarded agreement number'),
  uint('agree_flags.agreement_num', 2, 'Agreement number'),
]);

const NAME_BYTES = 32;
/** Bytes of the version 3 part before the first MSTI message, and of each such message (802.1Q-2018 clause 14.4). */
const MST_BYTES = 64;
const MSTI_BYTES = 16;
/** At most 64 instances fit in a region (802.1Q-2018 clause 13.8). */
const MAX_MSTIS = 64;
/** The configuration identifier is the same in the MST and in the SPT part: selector, name, revision, digest. */
const ID_BYTES = 51;

/** The MST configuration identifier at `at`, which is there as a whole (802.1Q-2018 clause 13.8). */
function configurationId(out: Sink, b: Uint8Array, at: number): void {
  emitItems(b, at, at + ID_BYTES, mstId.items, out);
  out.add(configName, at + 1, NAME_BYTES, zeroTerminated(b, at + 1, at + 1 + NAME_BYTES));
  emitItems(b, at + 1 + NAME_BYTES, at + ID_BYTES, configRest.items, out);
}

export const stp = dissector({
  name: 'stp',
  title: 'Spanning Tree Protocol',
  spec: 'IEEE 802.1D-2004 clause 9',
  layout: header,
  fields: [
    ...fieldsOf(
      configurationFlags,
      rapidFlags,
      configuration,
      version1Length,
      version3Length,
      mstId,
      configRest,
      cist,
      version4Length,
      agreement,
      mstiFlags,
      mstiFlagBits,
      msti,
    ),
    configName,
  ],
  claims: { 'llc.dsap': [0x42], 'llc.cisco_pid': [0x010b] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const start = layers.start[i];
    const end = layers.end[i];
    const type = header.get.type(b, start);
    if (type !== BPDU.configuration && type !== BPDU.rapid) return;
    let at = start + header.size;
    emitItems(b, at, end, (type === BPDU.rapid ? rapidFlags : configurationFlags).items, out);
    emitItems(b, at + 1, end, configuration.items, out);
    at += 1 + configuration.size;
    if (type !== BPDU.rapid) return;
    emitItems(b, at, end, version1Length.items, out);
    if (header.get.version(b, start) < 3 || at + 3 > end) return;
    emitItems(b, at + 1, end, version3Length.items, out);
    const mstEnd = Math.min(end, at + 3 + version3Length.get.version_3_length(b, at + 1));
    at += 3;
    if (at + MST_BYTES > mstEnd) return;
    configurationId(out, b, at);
    emitItems(b, at + ID_BYTES, mstEnd, cist.items, out);
    at += MST_BYTES;
    for (let n = 0; n < MAX_MSTIS && at + MSTI_BYTES <= mstEnd; n++, at += MSTI_BYTES) {
      out.open(mstiFlags.field['msti.flags'], at, 1, b[at]);
      emitItems(b, at, mstEnd, mstiFlagBits.items, out);
      out.close();
      emitItems(b, at + 1, mstEnd, msti.items, out);
    }
    if (header.get.version(b, start) < 4 || mstEnd + version4Length.size > end) return;
    emitItems(b, mstEnd, end, version4Length.items, out);
    at = mstEnd + version4Length.size;
    if (at + ID_BYTES > end) return;
    configurationId(out, b, at);
    emitItems(b, at + ID_BYTES, end, agreement.items, out);
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const start = layers.start[i];
    const type = header.get.type(b, start);
    const at = start + header.size + 1;
    line.text(type === BPDU.topologyChange ? 'Topology change notification' : type === BPDU.rapid ? 'RST' : 'Conf.');
    if (type === BPDU.topologyChange || at + configuration.size > layers.end[i]) return;
    line.text(' Root = ');
    line.dec(configuration.get['root.prio'](b, at));
    line.text('/');
    line.dec(configuration.get['root.ext'](b, at));
    line.text('/');
    line.mac(b, at + configuration.place['root.hw'].offset);
    line.text(' Cost = ');
    line.dec(configuration.get['root.cost'](b, at));
    line.text(' Port = 0x');
    line.hex(configuration.get.port(b, at), 4);
  },
  label: (layers, i) => (header.get.type(layers.bytes, layers.start[i]) === BPDU.topologyChange ? 'topology change' : 'BPDU'),
});

// Where tshark's tree has a line of its own, or another place for a field, than the list of a header's fields has.
import { REMARKS } from '../remarks.js';
import { heading, remark, type Shown } from './shown.js';

/** What stands below the number of an interface. */
export const OF_INTERFACE: readonly string[] = ['frame.interface_name', 'frame.interface_description'];

/** The fields of a layer, as they stand in the tree of tshark. */
export function arranged(layer: string, fields: readonly Shown[]): readonly Shown[] {
  if (layer === 'frame') return under('frame.interface_id', OF_INTERFACE, fields);
  if (layer === 'tcp') return times(under('tcp.flags', ['tcp.flags.str'], fields)).map(analysis);
  if (layer === 'udp') return times(isUnsummed(fields) ? under('udp.checksum', ['udp.checksum.status'], fields) : fields);
  if (layer === 'dns' || layer === 'mdns' || layer === 'llmnr') return records(fields);
  if (layer === 'icmpv6') return runs(runs(fields, 'icmpv6.opt'), 'icmpv6.mldr.mar');
  return layer === 'http' || layer === 'ssdp' ? firstLine(fields) : fields;
}

const AS_TREE: ReadonlySet<string> = new Set(['dns', 'mdns', 'llmnr', 'icmpv6', 'http', 'ssdp']);

/** Do fields of this layer stand in groups that only all of them together tell? */
export const isArrangedAsTree = (layer: string): boolean => AS_TREE.has(layer);

/** Moves fields below another one. */
function under(name: string, moved: readonly string[], fields: readonly Shown[]): Shown[] {
  const below = fields.filter((one) => moved.includes(one.name));
  if (below.length === 0) return [...fields];
  return fields
    .filter((one) => !below.includes(one))
    .map((one) => (one.name === name ? { ...one, children: [...one.children, ...below] } : one));
}

/** Puts the run of fields that are `wanted` below a line. */
function grouped(
  fields: readonly Shown[],
  wanted: (name: string) => boolean,
  label: (group: readonly Shown[]) => string,
): Shown[] {
  const from = fields.findIndex(({ name }) => wanted(name));
  if (from < 0) return [...fields];
  let to = from;
  while (to < fields.length && wanted(fields[to].name)) to++;
  const group = fields.slice(from, to);
  return [...fields.slice(0, from), heading(label(group), group), ...fields.slice(to)];
}

/** Puts each run of fields whose names begin with that of a group into one of it; the first field of the group begins the next run. */
function runs(fields: readonly Shown[], group: string): Shown[] {
  const list: Shown[] = [];
  let first = '';
  let run: Shown[] = [];
  const close = (): void => {
    if (run.length > 0) list.push({ ...heading(group, run), name: group });
    run = [];
  };
  for (const one of fields) {
    const isMember = one.name.startsWith(`${group}.`);
    if (!isMember || one.name === first) close();
    if (isMember) {
      if (first === '') first = one.name;
      run.push(one);
    } else list.push(one);
  }
  close();
  return list;
}

const times = (fields: readonly Shown[]): Shown[] =>
  grouped(
    fields,
    (name) => /^(tcp|udp)\.time_(relative|delta)$/.test(name),
    () => 'Timestamps',
  );

/** Of a datagram without a checksum, its status stands below it. */
const isUnsummed = (fields: readonly Shown[]): boolean =>
  fields.some(({ name, show }) => name === 'udp.checksum.status' && show === '3');

const DUPLICATE = 'tcp.analysis.duplicate_ack';

/** What is remarkable in a segment, as remarks. */
function analysis(field: Shown): Shown {
  if (field.name !== 'tcp.analysis') return field;
  const count = field.children.find(({ name }) => name === `${DUPLICATE}_num`)?.show ?? '';
  const remarked = (one: Shown): Shown => {
    const found = REMARKS.find(([name]) => name === one.name || name === `${one.name}_num`);
    return found === undefined ? one : remark(one.at, found[1], found[4](count), found[3], [one]);
  };
  const flags = field.children.find(({ name }) => name === 'tcp.analysis.flags');
  if (flags === undefined) return field;
  // That an acknowledgment is a duplicate is said twice: as it is, and at the frame that has the first one.
  const duplicate = flags.children.find(({ name }) => name === DUPLICATE);
  const said = flags.children.filter((one) => one.name !== DUPLICATE).map(remarked);
  const children = field.children.map((one) => {
    if (one === flags) return { ...flags, children: duplicate === undefined ? said : [duplicate, ...said] };
    return one.name === `${DUPLICATE}_frame` && duplicate !== undefined ? { ...one, children: [remarked(duplicate)] } : one;
  });
  return { ...field, children: under('tcp.analysis.flags', ['tcp.analysis.rto', 'tcp.analysis.rto_frame'], children) };
}

const START = /^http\.(request\.(method|uri|version)|response\.(version|code|phrase))$/;

const firstLine = (fields: readonly Shown[]): Shown[] =>
  grouped(
    fields,
    (name) => START.test(name),
    (group) => `${group.map(({ show }) => show).join(' ')}\\r\\n`,
  );

const CLASSES: Readonly<Record<string, string>> = {
  '0x0001': 'IN',
  '0x0003': 'CH',
  '0x0004': 'HS',
  '0x00fe': 'NONE',
  '0x00ff': 'ANY',
};

/** What the line of a record says behind its class: a word for each of these fields. */
const DATA: Readonly<Record<string, string>> = {
  'dns.a': 'addr ',
  'dns.aaaa': 'addr ',
  'dns.cname': 'cname ',
  'dns.ns': 'ns ',
  'dns.ptr.domain_name': '',
  'dns.mx.preference': 'preference ',
  'dns.mx.mail_exchange': 'mx ',
  'dns.soa.mname': 'mname ',
  'dns.srv.priority': 'priority ',
  'dns.srv.weight': 'weight ',
  'dns.srv.port': 'port ',
  'dns.srv.target': 'target ',
};

const SECTIONS = [
  ['dns.count.answers', 'Answers'],
  ['dns.count.auth_rr', 'Authoritative nameservers'],
  ['dns.count.add_rr', 'Additional records'],
] as const;

/** The name of a record; that of a service is there in parts. */
function nameOf(fields: readonly Shown[]): string {
  const parts = fields.filter(({ name }) => OF_SERVICE.test(name)).map(({ show }) => show);
  return parts.length > 0 ? parts.join('.') : (fields[0]?.show ?? '');
}

const OF_SERVICE = /^dns\.srv\.(service|proto|name)$/;

/** The line of a question or a record: `example.org: type A, class IN, addr 192.0.2.1`. */
function recordLine(fields: readonly Shown[]): string {
  const of = (suffix: string): Shown | undefined => fields.find(({ name }) => name.endsWith(suffix));
  const type = of('.type');
  const typeName = type === undefined ? '' : (/^[^:]*: (.*) \(/.exec(type.label)?.[1] ?? `Unknown (${type.show})`);
  if (typeName === 'OPT') return `${nameOf(fields)}: type OPT`;
  const classOf = of('.class')?.show ?? '';
  const data = fields.flatMap(({ name, show }) => (DATA[name] === undefined ? [] : [`, ${DATA[name]}${show}`]));
  const asked = of('.qu');
  const question = asked === undefined ? '' : `, "Q${asked.show === '1' ? 'U' : 'M'}" question`;
  const flush = of('.cache_flush')?.show === '1' ? ', cache flush' : '';
  return `${nameOf(fields)}: type ${typeName}, class ${CLASSES[classOf] ?? 'Unknown'}${question}${flush}${data.join('')}`;
}

/** Questions and records below the lines of their sections. */
function records(fields: readonly Shown[]): readonly Shown[] {
  const begins = ({ name }: Shown, before: Shown | undefined): boolean =>
    name === 'dns.qry.name' ||
    name === 'dns.resp.name' ||
    name === 'dns.srv.service' ||
    (name === 'dns.srv.name' && before?.name !== 'dns.srv.proto');
  const from = fields.findIndex((one, i) => begins(one, fields[i - 1]));
  if (from < 0) return fields;
  // What is remembered of other messages stands behind the records.
  const isRemembered = ({ name }: Shown): boolean => REMEMBERED.has(name);
  const rest = fields.slice(from).filter((one) => !isRemembered(one));
  const groups: Shown[][] = [];
  rest.forEach((one, i) => {
    if (begins(one, rest[i - 1])) groups.push([]);
    groups.at(-1)?.push(one);
  });
  const lines = groups.map((group) => ({ isQuery: group[0].name === 'dns.qry.name', line: heading(recordLine(group), group) }));
  const sections: Shown[] = [];
  const queries = lines.filter(({ isQuery }) => isQuery).map(({ line }) => line);
  if (queries.length > 0) sections.push(heading('Queries', queries));
  let left = lines.filter(({ isQuery }) => !isQuery).map(({ line }) => line);
  for (const [count, title] of SECTIONS) {
    const n = Number(fields.find(({ name }) => name === count)?.show ?? 0);
    if (n > 0 && left.length > 0) sections.push(heading(title, left.slice(0, n)));
    left = left.slice(n);
  }
  return [...fields.slice(0, from), ...sections, ...left, ...fields.slice(from).filter(isRemembered)];
}

const REMEMBERED: ReadonlySet<string> = new Set([
  'dns.response_to',
  'dns.response_in',
  'dns.time',
  'dns.retransmission',
  'dns.retransmit_request_in',
]);

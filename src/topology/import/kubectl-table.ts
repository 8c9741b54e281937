// Tables that `kubectl get` prints: columns under headings in capitals, told from the headings.
import { Ip } from '../ip.js';
import type { Listing, Scope } from './listing.js';

/** Headings that have a blank in them. */
const BLANKS =
  /NOMINATED NODE|READINESS GATES|SECURITY IDENTITY|ENDPOINT STATE|CONTAINER RUNTIME|LAST SEEN|IDENTITY ID|ENDPOINT ID|INGRESS ENFORCEMENT|EGRESS ENFORCEMENT|IPS AVAILABLE|VISIBILITY POLICY|PEER ADDRESS|SESSION STATE/g;
const HEADING = /^(?:NAMESPACE\s+)?NAME\s+[A-Z][A-Z0-9()/. -]*$/;

/** The cell of a column; empty where it says that there is none, unless it is asked for as it stands. */
type Row = (column: string, asItStands?: boolean) => string;

/** Reads the row under headings that begin at fixed places, or are divided by two blanks where a paste moved them. */
function rowReader(header: string): (line: string) => Row | null {
  const names: string[] = [];
  const starts: number[] = [];
  const joined = header.replace(BLANKS, (all) => all.replace(' ', '_'));
  for (const match of joined.matchAll(/\S+/g)) {
    names.push(match[0].replace('_', ' '));
    starts.push(match.index);
  }
  return (line) => {
    let cells = starts.map((start, i) => line.slice(start, starts[i + 1]).trim());
    const aligned = starts.every((start) => start === 0 || start >= line.length || line[start - 1] === ' ');
    if (!aligned) {
      // A line of single blanks still has its cells in order, where none of them holds one.
      const split = [line.trim().split(/\s{2,}|\t/), line.trim().split(/\s+/)].find((parts) => parts.length === names.length);
      if (split === undefined) return null;
      cells = split;
    }
    return (column, asItStands) => {
      const value = cells[names.indexOf(column)] ?? '';
      return asItStands
        ? value
        : value === '<none>' || value === '<unset>' || value === '<pending>' || value === '<unknown>'
          ? ''
          : value;
    };
  };
}

/** What a table's headings say that it lists; null for kinds that say nothing. */
function kindOf(header: string): ((scope: Scope, row: Row, namespace: string, name: string) => void) | null {
  const has = (...columns: string[]) =>
    columns.every((column) => new RegExp(`(?:^|\\s)${column.replace(/[()]/g, '\\$&')}(?:\\s|$)`).test(header));
  if (/\sPOD_?CIDRS?(?:\s|$)/.test(header)) return podNetwork;
  if (has('INTERNAL-IP')) return node;
  if (has('CLUSTER-IP')) return service;
  if (has('ADDRESSTYPE', 'ENDPOINTS')) return slice;
  if (has('ENDPOINTS')) return endpoints;
  if (has('CILIUMINTERNALIP')) return ciliumNode;
  if (has('IPV4') && /IDENTITY/.test(header)) return ciliumEndpoint;
  if (has('HOLDER')) return lease;
  if (has('READY', 'IP', 'NODE')) return pod;
  return null;
}

/** `NAME` and a column of networks, as custom columns have them. */
function podNetwork({ draft }: Scope, row: Row, _: string, name: string): void {
  for (const column of ['PODCIDR', 'PODCIDRS', 'POD_CIDR', 'POD_CIDRS'])
    for (const cidr of cidrsIn(row(column))) draft.podCIDR(name, cidr, 'kubernetes');
  draft.cluster(name);
}

/** `10.1.0.0/24`, `["10.1.0.0/24","fd00:1::/64"]`, `[10.1.0.0/24]`. */
export const cidrsIn = (text: string): string[] => text.split(/[\s,"[\]]+/).filter((part) => /^[0-9a-fA-F.:]+\/\d+$/.test(part));

const NETWORK_ROW = /^([a-z0-9][\w.-]*)[\s:=]+((?:[\s,"[\]]*[0-9a-fA-F.:]+\/\d+)+[\s"\]]*)$/;

/** A node and its networks a line, where podCIDRs were asked for: `-o jsonpath='{range .items[*]}{.metadata.name}{"\t"}{.spec.podCIDR}{"\n"}{end}'`. */
export const podNetworks: Listing = {
  what: 'kubectl get (podCIDRs)',
  starts: (line, _, { fields }) => fields !== null && /podCIDR/i.test(fields) && NETWORK_ROW.test(line),
  open: ({ draft, hint }) => ({
    take(line) {
      const row = NETWORK_ROW.exec(line);
      if (row === null) return false;
      // Cilium's own objects have them below ipam.
      for (const cidr of cidrsIn(row[2])) draft.podCIDR(row[1], cidr, /ipam/.test(hint.fields ?? '') ? 'cilium' : 'kubernetes');
      draft.cluster(row[1]);
      return true;
    },
  }),
};

const bareName = (name: string): string => name.slice(name.indexOf('/') + 1);
export const ips = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => Ip.parse(part) !== null);

function node({ draft }: Scope, row: Row, _: string, name: string): void {
  for (const ip of ips(row('INTERNAL-IP'))) draft.nodeAddress(name, ip);
  draft.cluster(name);
}

function pod({ draft, from }: Scope, row: Row, namespace: string, name: string): void {
  const at = row('NODE');
  const full = `${namespace}/${name}`;
  const gone = /^(?:Completed|Succeeded|Failed|Error|Evicted|Terminated)/.test(row('STATUS'));
  if (at !== '') draft.podAt(full, at);
  for (const ip of ips(row('IP'))) if (!gone) draft.pod(ip, { name: full, ...(at === '' ? {} : { node: at }) }, from);
}

function service({ draft, from }: Scope, row: Row, namespace: string, name: string): void {
  const full = `${namespace}/${name}`;
  // `80:30080/TCP,443/TCP`.
  const ports = [...row('PORT(S)').matchAll(/(\d+)(?::(\d+))?\/(TCP|UDP|SCTP)/g)].map((m) => ({
    port: Number(m[1]),
    protocol: m[3],
  }));
  for (const ip of ips(row('CLUSTER-IP'))) draft.service(ip, full, from, { ports });
  for (const ip of ips(row('EXTERNAL-IP'))) draft.service(ip, full, from, { ports, loadBalancer: true });
}

/** Addresses of `10.1.0.5:53,[fd00::5]:53 + 3 more...`, and whether these are all. */
export const backendsOf = (text: string): { readonly all: readonly string[]; readonly isWhole: boolean } => ({
  isWhole: !MORE.test(text),
  all: text
    .replace(MORE, '')
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
        .replace(/^([0-9.]+):\d+$/, '$1'),
    )
    .filter((ip) => Ip.parse(ip) !== null),
});

const MORE = /\s*\+ ?\d+ more\.\.\..*$/;

function addBackends({ draft }: Scope, service: string, text: string): void {
  const { all, isWhole } = backendsOf(text);
  for (const ip of all) draft.backend(service, ip);
  if (!isWhole) draft.backendsCut(service);
  else if (all.length > 0 || /^<(?:none|unset)>$/.test(text)) draft.backendsSeen(service);
}

const endpoints = (scope: Scope, row: Row, namespace: string, name: string): void =>
  addBackends(scope, `${namespace}/${name}`, row('ENDPOINTS', true));

/** The slices of a service are called after it, with five letters behind. */
const slice = (scope: Scope, row: Row, namespace: string, name: string): void =>
  addBackends(scope, `${namespace}/${name.replace(/-[a-z0-9]{5}$/, '')}`, row('ENDPOINTS', true));

function ciliumNode({ draft }: Scope, row: Row, _: string, name: string): void {
  for (const ip of ips(row('INTERNALIP'))) draft.nodeAddress(name, ip);
  draft.cluster(name);
}

function ciliumEndpoint({ draft, from }: Scope, row: Row, namespace: string, name: string): void {
  const identity = Number(row('SECURITY IDENTITY') || row('IDENTITY ID'));
  for (const ip of [...ips(row('IPV4')), ...ips(row('IPV6'))])
    draft.pod(ip, { name: `${namespace}/${name}`, ...(identity > 0 ? { identity } : {}) }, from);
}

function lease({ draft }: Scope, row: Row, _: string, name: string): void {
  const holder = row('HOLDER');
  if (name.startsWith('cilium-l2announce-') && holder !== '') draft.lease(name, holder);
}

export const kubectlTable: Listing = {
  what: 'kubectl get',
  begins: /N/,
  starts: (line) => HEADING.test(line.replace(BLANKS, 'X').trimEnd()) && /\s{2,}/.test(line.trim()),
  open(scope) {
    let read: ((line: string) => Row | null) | null = null;
    let add: ReturnType<typeof kindOf> = null;
    let used = false;
    return {
      take(line) {
        const heading = HEADING.test(line.replace(BLANKS, 'X').trimEnd());
        if (heading) {
          // Another table begins: it may be of another kind.
          if (read !== null) return false;
          read = rowReader(line.trimEnd());
          add = kindOf(line);
          return true;
        }
        if (
          line.trim() === '' ||
          read === null ||
          /^(?:Error|error|Warning|No resources|I\d{4}|W\d{4}|E\d{4})/.test(line) ||
          !/\S\s{2,}\S|\S\t\S|^\S+ \S+ \S+/.test(line)
        )
          return false;
        const row = read(line);
        const name = row?.('NAME') ?? '';
        if (row === null || !/^[a-z0-9][\w./:-]*$/.test(name)) return false;
        if (add !== null) {
          used = true;
          add(scope, row, row('NAMESPACE') || scope.hint.namespace || 'default', bareName(name));
        }
        return true;
      },
      end: () =>
        add === null ? 'objects of this kind, or without -o wide, say nothing about the topology' : used ? null : 'no rows',
    };
  },
};

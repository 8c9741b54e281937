// `kubectl describe node|pod|service`: a key a line, what belongs to it indented. Columns move in pastes, so only the keys count.

import { backendsOf, cidrsIn, ips } from './kubectl-table.js';
import { importAnnotations } from './kubernetes.js';
import type { Listing, Scope } from './listing.js';

const FIRST = /^Name:\s+([a-z0-9][\w.:-]*)\s*$/;
const SECOND = /^(?:Namespace|Roles|Labels|Priority|Annotations):\s/;
const KEY = /^([A-Z][\w ()/.-]{0,60}?):(?:\s+(.*))?$/;
const BELOW = /^\s+(\S[^:]{0,100}):\s+(.*)$/;

/** What one object has said: values of its keys, in order, and what stands indented below them. */
interface Told {
  readonly values: Map<string, string[]>;
  readonly below: Map<string, [string, string][]>;
}

export const describe: Listing = {
  what: 'kubectl describe',
  begins: /N/,
  starts: (line, next) => FIRST.test(line) && SECOND.test(next),
  open(scope) {
    let told: Told = { values: new Map(), below: new Map() };
    let key = '';
    let used = false;
    const finish = () => {
      used = use(scope, told) || used;
      told = { values: new Map(), below: new Map() };
    };
    return {
      take(line) {
        if (line.trim() === '') return true;
        const match = KEY.exec(line);
        if (match !== null) {
          if (match[1] === 'Name' && told.values.size > 0) finish();
          key = match[1] ?? '';
          const list = told.values.get(key) ?? [];
          if (list.length < MAX_VALUES) told.values.set(key, [...list, (match[2] ?? '').trim()]);
          return true;
        }
        if (!/^\s/.test(line)) return false;
        const inner = BELOW.exec(line);
        const list = told.below.get(key) ?? [];
        if (inner !== null && list.length < MAX_VALUES) told.below.set(key, [...list, [inner[1] ?? '', (inner[2] ?? '').trim()]]);
        return true;
      },
      end() {
        finish();
        return used ? null : 'objects of this kind say nothing about the topology';
      },
    };
  },
};

/** Values of one key of an object; a service of more ports than that has them in its table, too. */
const MAX_VALUES = 256;

function use(scope: Scope, told: Told): boolean {
  const { draft, from } = scope;
  const first = (key: string): string => none(told.values.get(key)?.[0] ?? '');
  const name = first('Name');
  const full = `${first('Namespace') || 'default'}/${name}`;
  if (told.values.has('System Info') || told.values.has('PodCIDR') || told.values.has('Roles')) {
    for (const [key, value] of told.below.get('Addresses') ?? []) if (key === 'InternalIP') draft.nodeAddress(name, value);
    for (const cidr of cidrsIn([first('PodCIDR'), first('PodCIDRs')].join(' '))) draft.podCIDR(name, cidr, 'kubernetes');
    const [head] = told.values.get('Annotations') ?? [];
    const inline = /^(\S+): (.*)$/.exec(head ?? '');
    const annotations = [...(inline === null ? [] : [[inline[1], inline[2]] as const]), ...(told.below.get('Annotations') ?? [])];
    importAnnotations(draft, name, Object.fromEntries(annotations), from);
    draft.cluster(name);
    return true;
  }
  if (told.values.has('Node') && (told.values.has('IP') || told.values.has('Containers'))) {
    const [node = '', host = ''] = first('Node').split('/');
    if (node === '') return false;
    draft.podAt(full, node);
    if (host !== '') draft.nodeAddress(node, host);
    const gone = /^(?:Succeeded|Failed|Completed)/.test(first('Status'));
    const all = [first('IP'), ...(told.below.get('IPs') ?? []).map(([, value]) => value)].join(',');
    // A pod in the host's network has the node's own address.
    for (const ip of ips(all)) if (!gone && ip !== host) draft.pod(ip, { name: full, node }, from);
    return true;
  }
  if (!/^(?:ClusterIP|NodePort|LoadBalancer)$/.test(first('Type')) || !told.values.has('Selector')) return false;
  const ports = (told.values.get('Port') ?? []).flatMap((text) => {
    const port = /(\d+)\/(TCP|UDP|SCTP)$/.exec(text);
    return port === null ? [] : [{ port: Number(port[1]), protocol: port[2] ?? '' }];
  });
  for (const ip of ips(`${first('IP')},${first('IPs')}`)) draft.service(ip, full, from, { ports });
  const outer = `${first('LoadBalancer Ingress').replace(/ \(\w+\)/g, '')},${first('External IPs')}`;
  for (const ip of ips(outer)) draft.service(ip, full, from, { ports, loadBalancer: true });
  for (const list of told.values.get('Endpoints') ?? []) {
    const { all, isWhole } = backendsOf(none(list));
    for (const ip of all) draft.backend(full, ip);
    if (!isWhole) draft.backendsCut(full);
    else if (list !== '') draft.backendsSeen(full);
  }
  return true;
}

const none = (text: string): string => (text === '<none>' || text === '<unset>' ? '' : text);

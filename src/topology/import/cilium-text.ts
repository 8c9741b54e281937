// Tables and lists that the cilium and cilium-dbg commands print as text.
import { Ip } from '../ip.js';
import { CONFIG_KEYS, ENDPOINT, importConfig, ipcacheEntry, lbEntry } from './cilium.js';
import { identityName } from './identity-name.js';
import type { Listing } from './listing.js';
import { saysNothing } from './listing.js';
import { POD } from './merge.js';

/** Headings of `map get NAME`. */
const MAP = /^Key\s+Value\s+State\s+Error/;
const IPCACHE = /^\s*(\S+\/\d+)\s+identity=(\d+)(.*)$/;

const ipcache: Listing = {
  what: 'cilium-dbg bpf ipcache list',
  starts: (line, next) =>
    IPCACHE.test(line) || /^IP PREFIX\/ADDRESS\s+IDENTITY/.test(line) || (MAP.test(line) && IPCACHE.test(next)),
  open: ({ draft, node, from }) => ({
    take(line) {
      const match = IPCACHE.exec(line);
      if (match === null) return /^IP PREFIX\/ADDRESS/.test(line) || MAP.test(line);
      ipcacheEntry(draft, node, match[1], `identity=${match[2]}${match[3]}`, from);
      return true;
    },
  }),
};

const lb: Listing = {
  what: 'cilium-dbg bpf lb list',
  starts: (line) =>
    /^(?:SERVICE ADDRESS\s+(?:BACKEND ADDRESS|ID)|ID\s+BACKEND ADDRESS)/.test(line) ||
    (/\(\d+\) \(\d+\)/.test(line) && ENDPOINT.test(line)),
  open({ draft, from }) {
    // A service is printed on every line, or once with its backends under it.
    let service = '';
    return {
      take(line) {
        if (/^(?:SERVICE ADDRESS|ID\s+BACKEND ADDRESS|REVNAT ID)/.test(line)) return true;
        const own = /^\S/.test(line) ? ENDPOINT.exec(line) : null;
        if (own === null && (!/^\s+\S/.test(line) || !ENDPOINT.test(line))) return false;
        if (own !== null) service = own[1] ?? own[2];
        if (service !== '') lbEntry(draft, service, own === null ? line : line.slice(own.index + own[0].length), from);
        return true;
      },
    };
  },
};

/** `1  10.96.0.1:443/TCP  ClusterIP  1 => 192.168.10.100:6443/TCP (active)`, further backends below. */
const serviceList: Listing = {
  what: 'cilium-dbg service list',
  begins: /I/,
  starts: (line) => /^ID\s+Frontend\s+Service Type\s+Backend/.test(line),
  open({ draft, from }) {
    let service = '';
    return {
      take(line) {
        if (/^ID\s+Frontend/.test(line)) return true;
        const head = /^(\d+)\s+(\S+)\s+(ClusterIP|NodePort|LoadBalancer|ExternalIPs|HostPort|LocalRedirect)\b(.*)$/.exec(line);
        if (head !== null) {
          const own = ENDPOINT.exec(head[2]);
          service = own === null ? '' : (own[1] ?? own[2]);
          if (service !== '') draft.service(service, null, from, { loadBalancer: /LoadBalancer|ExternalIPs/.test(head[3]) });
        } else if (!/^\s+\d+ => \S/.test(line)) return false;
        const backend = /=> (\S+)/.exec(line);
        const ip = backend === null ? null : ENDPOINT.exec(backend[1]);
        if (ip !== null && service !== '') draft.backend(service, ip[1] ?? ip[2]);
        return true;
      },
    };
  },
};

const identities: Listing = {
  what: 'cilium identity list',
  begins: /[I\d]/,
  starts: (line) => /^ID\s+LABELS/.test(line) || /^\d+\s+(?:reserved|k8s|cidr|fqdn):/.test(line),
  open({ draft, from }) {
    let id = 0;
    let labels: string[] = [];
    const flush = () => {
      if (labels.length > 0) draft.identity(id, identityName(labels), from);
      labels = [];
    };
    return {
      take(line) {
        const match = /^(\d+)?\s+(\S+:\S+)\s*$/.exec(line);
        if (match === null) return /^ID\s+LABELS/.test(line);
        if (match[1] !== undefined) {
          flush();
          id = Number(match[1]);
        }
        labels.push(match[2]);
        return true;
      },
      end() {
        flush();
        return null;
      },
    };
  },
};

/** A pod in several lines: numbers and the first label, then a label a line; the addresses stand in the first. */
const endpointList: Listing = {
  what: 'cilium-dbg endpoint list',
  begins: /E/,
  starts: (line) => /^ENDPOINT\s+POLICY \(ingress\)/.test(line),
  open({ draft, node, from }) {
    let identity = 0;
    let labels: string[] = [];
    const flush = () => {
      if (labels.length > 0) draft.identity(identity, identityName(labels), from);
      labels = [];
    };
    return {
      take(line) {
        if (/^ENDPOINT\s+POLICY|^\s+ENFORCEMENT\s/.test(line)) return true;
        if (line.trim() === '') return true;
        const head =
          /^(\d+)\s+(?:Enabled|Disabled)\S*\s+(?:\(\w+\)\s+)?(?:Enabled|Disabled)\S*\s+(?:\(\w+\)\s+)?(\d+)\s+(.*)$/.exec(line);
        if (head !== null) {
          flush();
          identity = Number(head[2]);
          const words = head[3].trim().split(/\s+/);
          if (words[0]?.includes(':') && Ip.parse(words[0]) === null) labels.push(words[0]);
          for (const word of words)
            if (Ip.parse(word) !== null && identity >= 256)
              draft.pod(word, { identity, ...(node === null ? {} : { node }) }, from);
          return true;
        }
        const label = /^\s+((?:k8s|reserved|cidr|fqdn|container):\S*)\s*(.*)$/.exec(line);
        if (label === null) return false;
        labels.push(label[1]);
        return true;
      },
      end() {
        flush();
        return null;
      },
    };
  },
};

/** `172.20.0.96/32  k8s:app=curl` with a label a line, or the name of an identity. */
const ipList: Listing = {
  what: 'cilium-dbg ip list',
  begins: /I/,
  starts: (line) => /^IP\s+IDENTITY\s+SOURCE/.test(line),
  open({ draft, from }) {
    let ip = '';
    return {
      take(line) {
        if (/^IP\s+IDENTITY/.test(line)) return true;
        const head = /^([0-9a-fA-F.:]+)\/(\d+)\s+(\S+)/.exec(line);
        if (head === null) return /^\s+\S+:\S*/.test(line) && ip !== '';
        ip = head[1];
        const identity = Number(head[3]);
        const host = head[2] === '32' || head[2] === '128';
        if (host && identity >= 256 && identity < 1 << 24) draft.pod(ip, { identity }, from);
        return true;
      },
    };
  },
};

const CONFIG = /^([a-z0-9][a-z0-9.-]*[a-z0-9])(?:\s+(.*))?$/;

const config: Listing = {
  what: 'cilium config view',
  begins: /[a-z0-9]/,
  starts: (line, next) => {
    const key = CONFIG.exec(line)?.[1];
    if (key === undefined || line.length > 500) return false;
    if (CONFIG_KEYS.includes(key) && /^\S+(?:\s+\S+)?\s*$/.test(line)) return true;
    // The list is sorted, so that it begins with keys of other meaning.
    return /^[a-z0-9]+-[a-z0-9-]+\s{2,}\S+\s*$/.test(line) && /^[a-z0-9]+-[a-z0-9.-]+(?:\s{2,}\S.*)?\s*$/.test(next);
  },
  open({ draft, from }) {
    const found: [string, string][] = [];
    return {
      take(line) {
        const match = CONFIG.exec(line);
        if (match === null || !/^[a-z0-9.-]+(?:\s{2,}\S.*|\s*|\s\S+\s*)$/.test(line)) return false;
        found.push([match[1], (match[2] ?? '').trim()]);
        return true;
      },
      end() {
        if (!found.some(([key]) => CONFIG_KEYS.includes(key))) return 'two columns without any setting that is known';
        importConfig(draft, found, from);
        return null;
      },
    };
  },
};

/** `cilium-dbg status --verbose` of one node: its pods' network and addresses, and how packets leave it. */
const status: Listing = {
  what: 'cilium-dbg status',
  begins: /[KCIRA]/,
  starts: (line) =>
    /^(?:KVStore:|Kubernetes:\s+(?:Ok|Disabled)|Cilium:\s+Ok|IPAM:\s+IPv[46]:|Routing:\s+Network:|Allocated addresses:|KubeProxyReplacement:)/.test(
      line,
    ),
  open({ draft, node, from }) {
    let addresses = false;
    let blanks = 0;
    return {
      take(line) {
        blanks = line.trim() === '' ? blanks + 1 : 0;
        if (blanks > 1) return false;
        if (line.trim() === '') return true;
        const pod = /^ {2}([0-9a-fA-F.:]+) \(([\w.-]+\/[\w.-]+?)(?: \[\w+\])?\)\s*$/.exec(line);
        if (addresses && pod !== null) {
          draft.pod(pod[1], { name: pod[2], ...(node === null ? {} : { node }) }, from);
          return true;
        }
        if (addresses && /^ {2}[0-9a-fA-F.:]+ \(/.test(line)) return true;
        addresses = /^Allocated addresses:/.test(line);
        if (!/^\s|^[A-Z][\w &/()-]*(?: Status| health| Manager)?:/.test(line)) return false;
        // Of the nodes that it probes the agent calls its own so.
        const local = /^\s+(?:[\w.-]+\/)?([\w.-]+) \(localhost\):?/.exec(line);
        const probed = /^ {2}(?:[\w.-]+\/)?([\w.-]+)(?: \(localhost\))?\s+([0-9a-fA-F.:]+)\s+(?:un)?reachable\b/.exec(line);
        if (probed !== null) draft.nodeAddress(probed[1], probed[2]);
        if (local !== null && node?.startsWith(POD) === true) draft.podAt(node.slice(POD.length), local[1]);
        if (node !== null)
          for (const match of line.matchAll(/allocated from ([0-9a-fA-F.:]+\/\d+)/g)) draft.podCIDR(node, match[1], 'cilium');
        const tunnel = /^Routing:\s+Network: (?:Tunnel \[(\w+)\]|(Native))/.exec(line);
        if (tunnel !== null)
          importConfig(
            draft,
            tunnel[2] !== undefined
              ? [['routing-mode', 'native']]
              : [
                  ['routing-mode', 'tunnel'],
                  ['tunnel-protocol', tunnel[1]],
                ],
            from,
          );
        const masquerade = /^Masquerading:\s+(BPF|IPTables)\b.*?\[IPv4: (Enabled|Disabled)/.exec(line);
        if (masquerade !== null) {
          importConfig(
            draft,
            [
              ['enable-ipv4-masquerade', String(masquerade[2] === 'Enabled')],
              ['enable-bpf-masquerade', String(masquerade[1] === 'BPF')],
            ],
            from,
          );
          const inside = /\s([0-9.]+\/\d+)\s/.exec(line)?.[1];
          if (inside !== undefined) importConfig(draft, [['ipv4-native-routing-cidr', inside]], from);
        }
        return true;
      },
    };
  },
};

/** `db/show l2-announce`: what this node's agent announces. */
const announce: Listing = {
  what: 'db/show l2-announce',
  begins: /[#\sI]/,
  needsNode: true,
  starts: (line) => /^#?\s*IP\s+NetworkInterface/.test(line),
  open: ({ draft, node, from }) => ({
    take(line) {
      if (/^#?\s*IP\s+NetworkInterface/.test(line)) return true;
      const match = /^([0-9a-fA-F.:]+)\s+(\S+)\s*$/.exec(line);
      if (match === null || Ip.parse(match[1]) === null) return false;
      // Of whatever service it is.
      draft.service(match[1], null, from, { loadBalancer: true });
      draft.announces(match[1], node as string);
      return true;
    },
  }),
};

/** `bpf endpoint list` and `map get cilium_lxc`: pods of the node, with the number of their device and their identity. */
const bpfEndpoints: Listing = {
  what: 'cilium-dbg bpf endpoint list',
  begins: /[IK]/,
  needsNode: true,
  starts: (line, next) => /^IP ADDRESS\s+LOCAL ENDPOINT INFO/.test(line) || (MAP.test(line) && LXC.test(next)),
  open: ({ draft, node, from }) => ({
    take(line) {
      if (/^(?:IP ADDRESS\s|Key\s+Value\s)/.test(line)) return true;
      if (/^[0-9a-fA-F.:]+\s+\(localhost\)/.test(line)) return true;
      const match = LXC.exec(line);
      const ip = Ip.parse(match?.[1] ?? '');
      if (match === null || ip === null) return false;
      const identity = Number(/\bsec_id=(\d+)/.exec(line)?.[1] ?? 0);
      const index = Number(/\bifindex=(\d+)/.exec(line)?.[1] ?? 0);
      draft.pod(String(ip), { node: node as string, ...(identity >= 256 ? { identity } : {}) }, from);
      if (index > 0) draft.podIndexes.push({ ip: String(ip), node: node as string, index, from });
      return true;
    },
  }),
};

const LXC = /^([0-9a-fA-F.:]+?)(?::\d+)?\s+id=\d+\s.*\bifindex=\d+/;

/** `cilium bgp routes`: what a node announces as its own (next hop 0.0.0.0) is its pod network, or an address of a service. */
const bgpRoutes: Listing = {
  what: 'cilium bgp routes',
  begins: /[N(]/,
  starts: (line) =>
    /^Node\s+VRouter\s+(?:Peer\s+)?Prefix\s+NextHop/.test(line) ||
    /^\(Defaulting to `available ipv[46] unicast` routes/.test(line),
  open: ({ draft }) => {
    let node = '';
    return {
      take(line) {
        if (line.trim() === '') return node === '';
        if (/^(?:Node\s+VRouter|\(Defaulting to )/.test(line)) return true;
        const row = /^(\S+)?\s+(?:\d+\s+)?(?:[0-9a-fA-F.:]+\s+)?([0-9a-fA-F.:]+\/\d+)\s+([0-9a-fA-F.:]+)\s/.exec(line);
        if (row === null || (row[1] === undefined && node === '')) return false;
        node = row[1] ?? node;
        const own = Ip.parse(row[3])?.isUnspecified === true;
        const host = /\/(?:32|128)$/.test(row[2]);
        if (own && !host) draft.podCIDR(node, row[2], 'cilium');
        else if (own) draft.announces(row[2].slice(0, row[2].indexOf('/')), node);
        draft.cluster(node);
        return true;
      },
    };
  },
};

/** `cilium bgp peers`: a session that is not up is worth a word, for what is not announced is not routed. */
const bgpPeers: Listing = {
  what: 'cilium bgp peers',
  begins: /N/,
  starts: (line) => /^Node\s+Local AS\s+Peer AS\s+Peer Address\s+Session State/.test(line),
  open({ draft, from }) {
    let node = '';
    return {
      take(line) {
        if (/^Node\s+Local AS/.test(line)) return true;
        const row = /^(\S+)?\s+(?:\d+\s+\d+\s+([0-9a-fA-F.:]+)\s+(\w+)\s+\S+\s+)?(ipv[46]\/\w+)\s/.exec(line);
        if (row === null || (row[1] === undefined && node === '')) return false;
        node = row[1] ?? node;
        draft.cluster(node);
        if (row[3] !== undefined && row[3] !== 'established')
          draft.notes.push(
            `${from}: the BGP session of ${node} with ${row[2]} is ${row[3]}: ${row[2]} does not learn its networks by it`,
          );
        return true;
      },
    };
  },
};

export const CILIUM: readonly Listing[] = [
  bpfEndpoints,
  bgpRoutes,
  bgpPeers,
  ipcache,
  serviceList,
  lb,
  identities,
  endpointList,
  ipList,
  status,
  announce,
  saysNothing('cilium-dbg map get', /K/, MAP, /^\S+\s+\S/, 'the same is in `cilium-dbg bpf ... list`'),
  config,
];

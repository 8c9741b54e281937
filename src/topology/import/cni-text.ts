// What the tools of flannel and Calico print as text, and the map of tunnels of Cilium.
import { Ip, Prefix } from '../ip.js';
import { type Listing, saysNothing } from './listing.js';

/** `/run/flannel/subnet.env`: the pod network of the node, and whether flannel translates. */
const flannelEnv: Listing = {
  what: 'flannel subnet.env',
  begins: /F/,
  needsNode: true,
  starts: (line) => /^FLANNEL_(?:NETWORK|SUBNET)=/.test(line),
  open({ draft, node }) {
    let network = '';
    return {
      take(line) {
        const match = /^FLANNEL_(\w+)=(\S*)\s*$/.exec(line);
        if (match === null) return false;
        const [, key, value = ''] = match;
        if (key === 'NETWORK') network = value;
        const subnet = key === 'SUBNET' ? Prefix.parse(value) : null;
        if (subnet !== null) draft.podCIDR(node as string, `${subnet.network}/${subnet.length}`, 'routes');
        if (key === 'IPMASQ' && value === 'true' && Prefix.parse(network) !== null) draft.masqueraded.add(network);
        return true;
      },
    };
  },
};

/** `calicoctl get ippool -o wide`: which sources are translated on their way out. */
const ipPools: Listing = {
  what: 'calicoctl get ippool',
  begins: /N/,
  starts: (line) => /^NAME\s+CIDR\s+NAT\s/.test(line),
  open({ draft }) {
    let disabled = -1;
    return {
      take(line) {
        const words = line.trim().split(/\s+/);
        if (words[0] === 'NAME') {
          disabled = words.indexOf('DISABLED');
          return true;
        }
        const [, cidr = '', nat = ''] = words;
        if (!cidr.includes('/') || Prefix.parse(cidr) === null || !/^(?:true|false)$/.test(nat)) return false;
        if (nat === 'true' && words[disabled] !== 'true') draft.masqueraded.add(cidr);
        return true;
      },
    };
  },
};

/** `cilium-dbg bpf tunnel list`: `10.60.2.0:0  172.30.0.12:0`, the pod network without its length, and the node that has it. */
const tunnelList: Listing = {
  what: 'cilium-dbg bpf tunnel list',
  begins: /T/,
  starts: (line, next) => /^TUNNEL\s+(?:VALUE|DESTINATION)\s*$/.test(line) && (next === '' || TUNNEL.test(next)),
  open: ({ draft, node, from }) => ({
    take(line) {
      if (/^TUNNEL\s+(?:VALUE|DESTINATION)\s*$/.test(line)) return true;
      const match = TUNNEL.exec(line);
      const [network, end] = [Ip.parse(match?.[1] ?? ''), Ip.parse(match?.[2] ?? '')];
      if (network === null || end === null) return false;
      draft.tunnelMap.push({ network, end, node, from });
      return true;
    },
  }),
};

const TUNNEL = /^([0-9a-fA-F.:]+?)(?::0)?\s+([0-9a-fA-F.:]+?)(?::0)?(?:\s+\d+)?\s*$/;

export const CNI: readonly Listing[] = [
  flannelEnv,
  ipPools,
  tunnelList,
  saysNothing(
    'calicoctl node status',
    /[CI+|]/,
    /^(?:Calico process is (?:not )?running\.|IPv[46] BGP status|No IPv[46] peers found\.|\+-{3,}[-+]*\+$|\| (?:PEER ADDRESS|GROUPING)\s)/,
    /^(?:IPv[46] BGP status|No IPv[46] peers|\+-{3,}|\|\s)/,
    'the state of its BGP sessions and blocks; routes come from `ip route`',
  ),
];

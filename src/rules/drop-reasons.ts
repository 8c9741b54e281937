// What the reasons mean that Cilium and the kernel give for a drop, and what to do about them.

interface Meaning {
  readonly pattern: RegExp;
  readonly cause: string;
  readonly hint: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    pattern: /^Stale or unroutable IP/i,
    cause:
      'Cilium knows the destination for an address of the cluster, and no endpoint or node has it now: the pod is gone, or the node does not know the new one yet.',
    hint: 'Does the address belong to a running pod (kubectl get pod -A -o wide), and does `cilium-dbg bpf ipcache list` of the node have it?',
  },
  {
    pattern: /^Invalid source ip/i,
    cause: 'The pod sends from an address that is not its own.',
    hint: 'Who has the source address: a second address in the pod, a bridge or a VPN in it, or a pod with the host network?',
  },
  {
    pattern: /^(?:Invalid source mac|Invalid destination mac)/i,
    cause: 'The frame has another MAC than the one Cilium gave the endpoint.',
    hint: 'Compare `ip link` and `ip neigh` in the pod with `cilium-dbg endpoint list`.',
  },
  {
    pattern: /^(?:Service backend not found|No service backend)/i,
    cause: 'The service has no backend that could take the connection.',
    hint: 'Is a pod behind the service ready? kubectl get endpointslices; cilium-dbg service list.',
  },
  {
    pattern: /^(?:CT: Map insertion failed|.*connection table full)/i,
    cause: 'The table of connections is full.',
    hint: 'Enlarge it (bpf-ct-global-tcp-max, bpf-ct-global-any-max), or find out who opens so many connections.',
  },
  {
    pattern: /^(?:No mapping for NAT masquerade|NAT .*|No nat entry)/i,
    cause: 'The address was to be translated, and no port or no entry for it is left.',
    hint: 'Look at `cilium-dbg bpf nat list` and at the size of the table (bpf-nat-global-max).',
  },
  {
    pattern: /^(?:FIB lookup failed)/i,
    cause: 'The node has no route or no neighbour for the next hop, so that BPF cannot send the packet.',
    hint: 'Ask on the node: `ip route get DESTINATION`, and `ip neigh` for its next hop.',
  },
  {
    pattern: /^(?:No tunnel\/encapsulation endpoint|.*tunnel key)/i,
    cause: 'The node does not know the tunnel end point of the node that has the destination.',
    hint: 'Look at `cilium-dbg bpf tunnel list` and `cilium-dbg bpf ipcache list`; is the other node known (cilium-dbg node list)?',
  },
  {
    pattern: /^Encapsulation traffic is prohibited/i,
    cause: 'A pod sends tunnel packets of its own.',
    hint: 'Move the tunnel out of the pod, or let it use another port.',
  },
  {
    pattern: /^VLAN traffic disallowed/i,
    cause: 'The frame has a VLAN tag that Cilium is not told to let through.',
    hint: 'Add the VLAN to vlan-bpf-bypass.',
  },
  {
    pattern: /^(?:Authentication required)/i,
    cause: 'A policy wants both sides to be authenticated first.',
    hint: 'Look at the authentication of the policy, and whether the agent and SPIRE run.',
  },
  {
    pattern: /^(?:Unsupported (?:L2|L3) protocol|Unknown L4 protocol|CT: Unknown L4 protocol)/i,
    cause: 'Cilium does not handle this protocol.',
    hint: 'Is the protocol needed, and does this version of Cilium know it?',
  },
  {
    pattern: /^(?:Unencrypted traffic|Traffic is unencrypted)/i,
    cause: 'Packets have to be encrypted between nodes, and this one is not.',
    hint: 'Compare `cilium-dbg encrypt status` of both nodes.',
  },
  {
    pattern: /^(?:Denied by LB src range check)/i,
    cause: 'The service takes connections only from the networks in loadBalancerSourceRanges.',
    hint: 'Add the client to loadBalancerSourceRanges of the service.',
  },
  {
    pattern: /IP_RPFILTER/,
    cause: 'Reverse-path filter: the route back to the source does not lead to the interface that the packet came in by.',
    hint: 'Ask on the node: `ip route get SOURCE`; correct the route, or set rp_filter of the interface to 2 (loose).',
  },
  {
    pattern: /OTHERHOST/,
    cause: 'The frame has the MAC of another machine, so the kernel does not take it.',
    hint: 'Whose MAC is it? Compare `ip neigh` of the sender with `ip link` here.',
  },
  {
    pattern: /(?:UDP|TCP|IP)_CSUM|SKB_CSUM/,
    cause: 'The checksum is wrong: often an interface that is to compute it, and does not (offload).',
    hint: 'Switch off the offload at the sender: `ethtool -K DEV tx off`; for tunnels `tx-udp_tnl-csum-segmentation off`.',
  },
  {
    pattern: /NO_SOCKET/,
    cause: 'Nothing listens on the port.',
    hint: 'Is the program up, and on this address? `ss -lntu`.',
  },
  {
    pattern: /NETFILTER_DROP|^(?:rule|policy \w+) of |^logged as /,
    cause: 'A rule of the packet filter drops it.',
    hint: 'Find the rule: `nft list ruleset`, `iptables-save -c`.',
  },
  {
    pattern: /^ends in /,
    cause: 'The trace of the packet ends in that chain: its policy or a rule in it drops the packet.',
    hint: 'Look at the chain and its policy: `iptables -vnL CHAIN`, `nft list ruleset`.',
  },
  {
    pattern: /PKT_TOO_BIG|MTU/i,
    cause: 'The packet is larger than the MTU of the way, and must not be fragmented.',
    hint: 'Compare the MTU of both interfaces, and what a tunnel between them takes.',
  },
  {
    pattern: /IP_OUTNOROUTES|IP_INNOROUTES/,
    cause: 'The node has no route to the destination.',
    hint: 'Ask on the node: `ip route get DESTINATION`.',
  },
  {
    pattern: /NEIGH_(?:FAILED|QUEUEFULL|DEAD)/,
    cause: 'The next hop does not answer ARP or neighbour discovery.',
    hint: 'Is the next hop up and on this link? `ip neigh`.',
  },
  {
    pattern: /TC_(?:INGRESS|EGRESS)|XDP/,
    cause: 'A program of BPF or a filter of tc dropped it.',
    hint: 'Look at `tc filter show dev DEV ingress|egress` and `bpftool net`.',
  },
  {
    pattern: /SOCKET_RCVBUFF|QDISC_DROP|CPU_BACKLOG/,
    cause: 'A queue is full.',
    hint: 'Look at `nstat` and `tc -s qdisc`; is a program too slow?',
  },
];

/** What a reason means; empty texts where that is not known. */
export function meaningOf(reason: string): { readonly cause: string; readonly hint: string | undefined } {
  const found = MEANINGS.find(({ pattern }) => pattern.test(reason));
  return { cause: found?.cause ?? '', hint: found?.hint };
}

// Settings of a node that decide whether packets pass: sysctls, nftables, iptables. Rules of a firewall are kept as
// text: hopscope does not run them, it names those that may be the cause.
import type { Listing } from './listing.js';

const SYSCTL = /^net[./]([\w./-]+)\s*=\s*(.*)$/;
const PROC = /^\/proc\/sys\/net\/([\w./-]+)[:=]\s*(.*)$/;
/** The settings that decide about forwarding and answering; of the hundreds of others none is kept. */
const TELLING =
  /^net\.(?:ipv[46]\.(?:ip_forward|conf\.[^ ]+\.(?:forwarding|rp_filter|arp_ignore|arp_announce|arp_filter|proxy_arp|proxy_ndp|accept_local|disable_ipv6|send_redirects|accept_redirects)|ip_nonlocal_bind|fib_multipath_hash_policy|tcp_l3mdev_accept|ip_no_pmtu_disc|icmp_echo_ignore_all|tcp_mtu_probing)|bridge\.bridge-nf-call-\w+)$/;

/** `net.ipv4.conf.eth0/100.rp_filter` is how sysctl writes the interface eth0.100. */
export function sysctlName(path: string): string {
  return path.includes('/') && !path.includes('.') ? `net.${path.replaceAll('/', '.')}` : `net.${path}`;
}

export const sysctl: Listing = {
  what: 'sysctl',
  begins: /[n/]/,
  needsNode: true,
  starts: (line) => SYSCTL.test(line) || PROC.test(line),
  open: ({ draft, node, from }) => ({
    take(line) {
      const proc = PROC.exec(line);
      const match = proc ?? SYSCTL.exec(line);
      if (match === null) return /^[\w.-]+(?:[./][\w.-]+)+\s*=/.test(line);
      const name = proc === null ? sysctlName(match[1]) : procName(match[1]);
      if (TELLING.test(name)) draft.sysctl(node as string, name, match[2].trim(), from);
      return true;
    },
  }),
};

/** `cat /proc/sys/net/ipv4/ip_forward`: the value, of which the command says what it is of. */
export const procFile: Listing = {
  what: 'cat /proc/sys',
  needsNode: true,
  starts: (line, _, { setting }) => setting !== null && /^[\w.-]{1,40}\s*$/.test(line),
  open({ draft, node, from, hint: { setting } }) {
    let taken = false;
    return {
      take(line) {
        if (taken) return false;
        taken = true;
        const name = procName((setting ?? '').replace(/^\/proc\/sys\/net\//, ''));
        if (TELLING.test(name)) draft.sysctl(node as string, name, line.trim(), from);
        return true;
      },
    };
  },
};

/** In a path the slashes divide, so that a dot is the interface's own. */
const procName = (path: string): string => `net.${path.replace(/[./]/g, (c) => (c === '/' ? '.' : '/'))}`;

const TABLE = /^table (?:(ip6?|inet|arp|bridge|netdev) )?(\S+) \{/;
/** Rules of a chain that may take a packet before one that drops its port: kept where such a one follows. */
class Before {
  private readonly chains = new Map<string, { port: string | undefined; line: string }[]>();

  see(chain: string, text: string, line: string): void {
    if (/\b(?:tcp|icmp|icmpv6|ipv6-icmp|established)\b|\b(?:-i|iif|iifname) "?lo\b/i.test(text)) return;
    const known = this.chains.get(chain) ?? [];
    this.chains.set(chain, known);
    if (known.length < MAX_BEFORE) known.push({ port: PORT.exec(text)?.[1], line });
  }

  /** What may come before the rule `text`, once. */
  take(chain: string, text: string): string[] {
    const port = PORT.exec(text)?.[1];
    if (port === undefined) return [];
    const known = this.chains.get(chain) ?? [];
    const taken = known.filter((one) => one.port === undefined || one.port === port || /\D/.test(one.port + port));
    this.chains.set(
      chain,
      known.filter((one) => !taken.includes(one)),
    );
    return taken.map(({ line }) => line);
  }
}

/** UDP ports of a rule, as iptables and nft write them. */
const PORT = /(?:-p (?:udp|17)\b.* --dports?|udp dport) (\{[^}]*\}|\S+)/;
const MAX_BEFORE = 64;

const MATTERS = /\b(?:drop|reject|masquerade|snat|dnat|redirect|tproxy|notrack|queue)\b/;

export const nft: Listing = {
  what: 'nft list ruleset',
  begins: /t/,
  needsNode: true,
  starts: (line) => TABLE.test(line),
  open({ draft, node, hint }) {
    let table = '';
    let chain = '';
    let depth = 0;
    if (!hint.part) draft.firewallSeen(node as string);
    const before = new Before();
    return {
      take(line) {
        const match = TABLE.exec(line);
        if (depth === 0 && match === null) return line.trim() === '' || line.startsWith('#');
        if (match !== null) table = `${match[1] ?? 'ip'} ${match[2]}`;
        const inner = /^\s+chain (\S+) \{/.exec(line);
        if (inner !== null) chain = inner[1];
        const text = line.trim().replace(/\s+/g, ' ');
        if (inner === null && match === null && chain !== '') {
          const policy = /policy (drop|reject)/.exec(text);
          if (policy !== null)
            draft.firewall(
              node as string,
              `nft ${table} ${chain}: ${/hook \w+/.exec(text)?.[0] ?? ''} policy ${policy[1]}`.replace(/ {2}/, ' '),
            );
          else if (!text.startsWith('type ')) {
            const at = `${table} ${chain}`;
            const rule = `nft ${at}: ${text}`;
            if (MATTERS.test(text)) for (const one of [...before.take(at, text), rule]) draft.firewall(node as string, one);
            else if (/\b(?:accept|jump|goto|return|vmap)\b/.test(text)) before.see(at, text, rule);
          }
        }
        for (const c of line)
          if (c === '{') depth++;
          else if (c === '}') depth = Math.max(0, depth - 1);
        if (depth <= 1) chain = '';
        return true;
      },
    };
  },
};

const ACTS = /^(?:DROP|REJECT|MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP|NOTRACK|TPROXY|CT|NFQUEUE|TCPMSS)$/;

export const iptables: Listing = {
  what: 'iptables-save',
  begins: /[*#-]/,
  needsNode: true,
  starts: (line) =>
    /^\*(?:filter|nat|mangle|raw|security)\s*$/.test(line) ||
    /^# Generated by ip6?tables/.test(line) ||
    /^-[PNA] [\w:-]+(?: |$)/.test(line),
  open({ draft, node, hint }) {
    let table = 'filter';
    const tool = hint.family === 6 ? 'ip6tables' : 'iptables';
    const before = new Before();
    return {
      take(line) {
        const next = /^\*(\w+)\s*$/.exec(line);
        if (next !== null) table = next[1];
        // Only this table may translate.
        if (next !== null && table === 'nat' && !hint.part) draft.firewallSeen(node as string);
        const policy = /^(?::([\w-]+) (DROP|REJECT)\b|-P ([\w-]+) (DROP|REJECT)\b)/.exec(line);
        if (policy !== null)
          draft.firewall(node as string, `${tool} ${table} ${policy[1] ?? policy[3]}: policy ${policy[2] ?? policy[4]}`);
        const rule = /^(?:\[\d+:\d+\] )?-A (\S+) (.*)$/.exec(line);
        if (rule !== null) {
          const target = / -j (\S+)/.exec(` ${rule[2]}`)?.[1] ?? '';
          const [at, text] = [`${tool} ${table} ${rule[1]}`, rule[2].trim()];
          if (ACTS.test(target))
            for (const one of [...before.take(at, text), `${at}: ${text}`]) draft.firewall(node as string, one);
          // Chains of kube-proxy drop, or take TCP.
          else if (!/^(?:$|N?LOG$|MARK$|CONNMARK$|KUBE-)/.test(target)) before.see(at, text, `${at}: ${text}`);
          return true;
        }
        return next !== null || policy !== null || /^(?::|#|COMMIT\b|-[PN] |\s*$)/.test(line);
      },
    };
  },
};

/** `iptables -L -n -v`. */
export const iptablesList: Listing = {
  what: 'iptables -L',
  begins: /C/,
  needsNode: true,
  starts: (line, next) => /^Chain \S+ \((?:policy \w+|\d+ references?)/.test(line) && /\btarget\b/.test(next),
  open({ draft, node }) {
    let chain = '';
    let last = '';
    return {
      take(line) {
        const head = /^Chain (\S+) \((?:policy (\w+))?/.exec(line);
        if (head !== null) {
          chain = head[1];
          if (head[2] === 'DROP' || head[2] === 'REJECT') draft.firewall(node as string, `iptables ${chain}: policy ${head[2]}`);
        } else if (line.trim() === '') {
          if (last === '') return false;
        } else if (!/^\s*(?:num\s+)?(?:pkts|target)\b/.test(line)) {
          const words = line.trim().split(/\s+/);
          if (!words.some((word) => /^(?:all|tcp|udp|icmp|icmpv6|ipv6-icmp|sctp|\d+)$/.test(word)) || words.length < 5)
            return false;
          const at = words.findIndex((word) => ACTS.test(word));
          if (at >= 0) draft.firewall(node as string, `iptables ${chain}: ${words.slice(at).join(' ')}`);
        }
        last = line.trim();
        return true;
      },
    };
  },
};

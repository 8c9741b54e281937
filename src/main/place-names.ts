// What the name of a file says of the place it is from: `run7/router-eth1.pcap.gz`, `router/ip-route.txt`.

/** Endings that say what a file is, not what it is of. */
const ENDINGS = /(?:\.(?:pcap|pcapng|cap|gz|zst|txt|log|json|ya?ml|out|conf))+$/i;
/** Names that Linux gives interfaces; and `any`. */
const DEVICE =
  /^(?:any|lo|(?:eth\d|ens|eno|enp|enx|wlan|bond|team|br|tun|tap|wg|veth|lxc|cali|cni|docker|virbr|vlan|vxlan|geneve|ipip|flannel|cilium)[\w@.:-]*)$/i;
/** Words for what a tool prints. */
const TOPICS =
  /^(?:ip[46]?|addr(?:ess(?:es)?)?|links?|routes?|routing|rules?|neigh(?:bou?rs?)?|arp|bridge|fdb|vlans?|sysctls?|nft(?:ables)?|ip6?tables(?:-save)?|firewall|ifconfig|tables?|show|list|all|get|info|output|outputs|net|network|config|status|state|json|txt|dump|[adr46])$/i;

/** Names of texts that say nothing. */
const GENERIC =
  /^(?:notes?|logs?|session|terminal|typescript|screen|paste|history|readme|cluster|kubectl|k8s|cilium|hubble|captures?|evidence|cases?|issue|report|commands?|cmds?|test|untitled|new)[-_. ]?\d*$/i;

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(ENDINGS, '');

/** `path` within its folder: `router/eth1.pcap` is of `router`, as `router-eth1.pcap` is. Null where only an interface is named. */
export function pointOf(path: string): string | null {
  const base = baseOf(path);
  if (DEVICE.test(base)) return folderOf(path);
  for (let at = base.search(/[-_.]/); at >= 0; at = next(base, at))
    if (at > 0 && DEVICE.test(base.slice(at + 1))) return base.slice(0, at);
  return base;
}

/** The machine that a text's name is of: `router-addr.txt`, `w1/ip_route.log`; null where the name only says what it holds. */
export function machineOf(path: string): string | null {
  const words = baseOf(path).split(/([-_. ])/);
  let [from, to] = [0, words.length];
  while (to > from && TOPICS.test(words[to - 1])) to -= 2;
  // `ip-10-0-0-7` is the name of a machine, and so may be a single letter with a number.
  while (to - from > 2 && words[from].length > 1 && TOPICS.test(words[from]) && !/^\d/.test(words[from + 2])) from += 2;
  const left = words.slice(from, Math.max(from, to)).join('');
  return left === '' || GENERIC.test(left) ? folderOf(path) : left;
}

function folderOf(path: string): string | null {
  const end = path.lastIndexOf('/');
  return end <= 0 ? null : path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

const next = (text: string, at: number): number => {
  const more = text.slice(at + 1).search(/[-_.]/);
  return more < 0 ? -1 : at + 1 + more;
};

/**
 * The one of `names` that stands in the name of a file (`2-router-eth1.pcap`), as a word of its own: the one that the rest of it is about where
 * there are several, else null.
 */
export function knownIn(path: string, names: readonly string[]): string | null {
  const base = baseOf(path);
  const about = pointOf(path) ?? base;
  const found = names.filter((name) => name !== '' && (hasWord(base, name) || about === name));
  const longest = found.filter((name) => !found.some((other) => other !== name && hasWord(other, name)));
  if (longest.length === 1) return longest[0];
  return longest.find((name) => about.endsWith(name)) ?? null;
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = `${text[at - 1] ?? ''}${text[at + word.length] ?? ''}`;
    if (!/[a-z0-9]/i.test(around)) return true;
  }
  return false;
}

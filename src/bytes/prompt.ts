// Prompts that are a machine's name alone, as blogs and issues write them (`node-a$ ip route`, `r1# show ip route`), and those of themes.

/** Programs that people run there. A name and a sign alone may be anything; with one of these behind them they are a prompt. */
const PROGRAMS =
  'sudo|ip|bridge|kubectl|k|oc|ssh|sshpass|docker|podman|nerdctl|crictl|lxc|incus|multipass|limactl|minikube|vagrant|nsenter|sysctl|nft|ip6?tables(?:-save)?|arp|ss|conntrack|cilium|cilium-dbg|cilium-health|hubble|pwru|calicoctl|for|while|watch|tcpdump|tshark|ping6?|arping|curl|wget|nc|dig|nslookup|traceroute|tracepath|mtr|route|ifconfig|netstat|ethtool|dmesg|journalctl|cat|grep|tail|echo|export|show|vtysh';
const NAMED = new RegExp(`^([A-Za-z][\\w.-]{0,63}) ?[$#%](?: {1,4}((?:${PROGRAMS})(?: .*)?)|(show .*))$`);

/** `me@w1 ~ [1]> ip route`, `me@w1 ~/work main* ❯ ip route`: prompts of fish and of shell themes, with more than a directory after the host name. */
const THEMED = new RegExp(
  `^(?:[^@]{0,60}[\\s)\\]|])?\\[?[\\w.-]{1,64}@([A-Za-z0-9][\\w.-]{0,63})[ :][^#$%>\u276f\u279c\u00bb\u03bb]{0,80}[#$%>\u276f\u279c\u00bb\u03bb] {1,4}((?:${PROGRAMS})(?: .*)?)$`,
);
/** The first line of a prompt of two: `┌──(me㉿w1)-[~]`, `╭─me@w1 ~/work`. */
const FRAMED = /^[\u250c\u256d][\u2500-]{0,4}[ ([]?[\w.-]{1,64}[@\u327f]([A-Za-z0-9][\w.-]{0,63})\b/;

/** The machine, and what was typed there; null for a line that is no such prompt. */
export function namedPrompt(line: string): { readonly host: string; readonly command: string } | null {
  const found = NAMED.exec(line) ?? THEMED.exec(line) ?? FRAMED.exec(line);
  return found?.[1] === undefined ? null : { host: found[1], command: found[2] ?? found[3] ?? '' };
}

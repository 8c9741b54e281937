// Prompts that are a machine's name alone, as blogs and issues write them: `node-a$ ip route`, `r1# show ip route`.

/** Programs that people run there. A name and a sign alone may be anything; with one of these behind them they are a prompt. */
const PROGRAMS =
  'sudo|ip|bridge|kubectl|k|oc|ssh|sshpass|docker|podman|nerdctl|crictl|lxc|incus|multipass|limactl|minikube|vagrant|nsenter|sysctl|nft|ip6?tables(?:-save)?|arp|ss|conntrack|cilium|cilium-dbg|cilium-health|hubble|pwru|calicoctl|for|while|watch|tcpdump|tshark|ping6?|arping|curl|wget|nc|dig|nslookup|traceroute|tracepath|mtr|route|ifconfig|netstat|ethtool|dmesg|journalctl|cat|grep|tail|echo|export|show|vtysh';
const NAMED = new RegExp(`^([A-Za-z][\\w.-]{0,63}) ?[$#%](?: {1,4}((?:${PROGRAMS})(?: .*)?)|(show .*))$`);

/** The machine, and what was typed there; null for a line that is no such prompt. */
export function namedPrompt(line: string): { readonly host: string; readonly command: string } | null {
  const found = NAMED.exec(line);
  return found?.[1] === undefined ? null : { host: found[1], command: found[2] ?? found[3] ?? '' };
}

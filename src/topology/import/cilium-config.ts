// The tunnel and the translation of a cluster, from Cilium's settings or from the devices that are there.
import { Ip, Prefix } from '../ip.js';
import type { TopologyFile } from '../schema.js';
import type { Draft } from './draft.js';

type Tunnel = NonNullable<TopologyFile['tunnel']>;

/** Devices by which Cilium, flannel and Calico tunnel, with their defaults on Linux. */
const TUNNEL_DEVICES: readonly (Tunnel & { readonly device: string })[] = [
  { type: 'vxlan', port: 8472, vni: 'identity', device: 'cilium_vxlan' },
  { type: 'geneve', port: 6081, vni: 'identity', device: 'cilium_geneve' },
  { type: 'vxlan', port: 8472, vni: 1, device: 'flannel.1' },
  { type: 'vxlan', port: 4789, vni: 4096, device: 'vxlan.calico' },
];

export function tunnelOf(draft: Draft): Tunnel | undefined {
  return draft.config.has('routing-mode') || draft.config.has('tunnel') || draft.config.has('tunnel-protocol')
    ? tunnelOfConfig(draft)
    : tunnelOfDevice(draft);
}

function tunnelOfConfig({ config }: Draft): Tunnel | undefined {
  const mode = config.get('routing-mode') ?? (config.get('tunnel') === 'disabled' ? 'native' : undefined);
  const protocol = config.get('tunnel-protocol') ?? config.get('tunnel');
  if (mode === 'native') return undefined;
  const type = protocol === 'geneve' ? 'geneve' : 'vxlan';
  const port = Number(config.get('tunnel-port') ?? 0);
  const mtu = Number(config.get('mtu') ?? 0);
  return {
    type,
    port: port > 0 && port < 65536 ? port : type === 'vxlan' ? 8472 : 6081,
    vni: 'identity',
    device: `cilium_${type}`,
    // The configured MTU is the underlay's; an IPv4 underlay takes 50 bytes of it.
    ...(mtu > 576 && mtu < 65536 ? { mtu: mtu - 50 } : {}),
  };
}

/** Without Cilium's configuration, the device a CNI makes only when it tunnels. */
function tunnelOfDevice(draft: Draft): Tunnel | undefined {
  for (const usual of TUNNEL_DEVICES) {
    const having = [...draft.nodes].flatMap(([name, node]) => {
      const i = node.interfaces.get(usual.device);
      return i === undefined
        ? []
        : [
            {
              name,
              port: i.tunnel.get('port')?.value as number | undefined,
              id: i.tunnel.get('id')?.value as number | undefined,
            },
          ];
    });
    if (having.length === 0) continue;
    const ports = new Set(having.flatMap(({ port }) => port ?? []));
    const ids = new Set(typeof usual.vni === 'number' ? having.flatMap(({ id }) => id ?? []) : []);
    if (ports.size === 0)
      draft.notes.push(`the tunnel is the usual one of ${usual.device}, which ${having[0].name} has; check its port and VNI`);
    if (ids.size > 1)
      draft.notes.push(
        `${usual.device} has another VNI on one node than on the next: ${having.map(({ name, id }) => `${id ?? '?'} on ${name}`).join(', ')}`,
      );
    if (ports.size > 1)
      draft.notes.push(
        `${usual.device} has another port on one node than on the next: ${having.map(({ name, port }) => `${port ?? '?'} on ${name}`).join(', ')}`,
      );
    return {
      ...usual,
      ...(ports.size > 0 ? { port: commonest(having.flatMap(({ port }) => port ?? [])) } : {}),
      ...(ids.size > 0 ? { vni: commonest(having.flatMap(({ id }) => id ?? [])) } : {}),
    };
  }
  return undefined;
}

function commonest(values: readonly number[]): number {
  const count = (value: number) => values.filter((other) => other === value).length;
  return [...values].sort((x, y) => count(y) - count(x))[0];
}

export function masqueradeOf(draft: Draft, file: TopologyFile): TopologyFile['masquerade'] {
  const { config } = draft;
  const inside: string[] = [...draft.masqueraded];
  const except: string[] = [...draft.masqueraded];
  for (const v of [4, 6]) {
    if (config.get(`enable-ipv${v}-masquerade`) !== 'true') continue;
    const ours = (text: string) => Prefix.parse(text)?.address.family === v;
    const pools = words(config.get(`cluster-pool-ipv${v}-cidr`)).filter(ours);
    const cidrs = Object.values(file.nodes ?? {})
      .flatMap((node) => node.podCIDRs ?? [])
      .filter(ours);
    const pods = pools.length > 0 ? pools : cidrs;
    if (pods.length === 0) continue;
    inside.push(...pods);
    except.push(...pods, ...words(config.get(`ipv${v}-native-routing-cidr`)).filter(ours));
    // The BPF implementation leaves packets to other cluster nodes alone.
    if (config.get('enable-bpf-masquerade') === 'true')
      for (const node of Object.values(file.nodes ?? {}))
        if (node.podCIDRs !== undefined)
          for (const text of [
            ...(node.addresses ?? []),
            ...Object.values(node.interfaces ?? {}).flatMap((i) => i.addresses ?? []),
          ]) {
            const ip = Ip.parse(text.split('/')[0]) as Ip;
            if (ip.family === v && !ip.isLinkLocal && !except.some((p) => Prefix.parse(p)?.contains(ip)))
              except.push(`${ip}/${v === 4 ? 32 : 128}`);
          }
  }
  return inside.length > 0 ? { inside: [...new Set(inside)], except: [...new Set(except)] } : undefined;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => Prefix.parse(word) !== null && word.includes('/'));
}

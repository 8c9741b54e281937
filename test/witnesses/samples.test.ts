// Reference texts, read line by line: the table is written from what the texts say.
import { describe, expect, it } from 'vitest';
import { haveSamples, rows, sample, told } from './help.js';

const TABLE: Readonly<Record<string, readonly string[]>> = {
  'p15-conntrack-L.txt': ['1 conntrack: not answered, UNREPLIED | 10.16.32.53:35926 > 10.142.0.25:8125 udp request'],
  'p17-hubble-compact.txt': [
    '1 Hubble: to-overlay | default/box:43544 > 192.0.2.12:443 tcp request asks',
    '2 Hubble: to-endpoint at k8s-w0 | 192.0.2.12:443 > default/box:43544 tcp reply',
    '3 Hubble: dropped, Stale or unroutable IP | default/box > 198.51.100.8 icmp asks',
    '4 Hubble: denied, policy-verdict:none EGRESS | default/box:51000 > kube-system/coredns-x:53 udp request',
    '5 Hubble: translated, pre-xlate-fwd | fd00::7:51000 > fd00::9:443 tcp',
    '6 Hubble: missed events, events lost, HUBBLE_RING_BUFFER CPU(0) 4 | - > - ',
  ],
  'p18-hubble-dict.txt': [
    '1 Hubble: to-overlay at k8s-w0 | default/box:43544 > 192.0.2.12:443 tcp asks',
    '9 Hubble: to-endpoint | 192.0.2.12:443 > default/box:43544 tcp',
  ],
  'p19-hubble-jsonpb.txt': ['1 Hubble: to-overlay at k8s-w0 (cilium_vxlan) | 10.0.1.46:43544 > 192.0.2.12:443 tcp request asks'],
  'p20-cilium-monitor.txt': [
    '3 cilium monitor: from-endpoint | 10.0.1.46:43544 > 192.0.2.12:443 tcp asks',
    '4 cilium monitor: to-overlay (cilium_vxlan) | 10.0.1.46:43544 > 192.0.2.12:443 tcp request asks',
    '5 cilium monitor: dropped (if4), bpf_lxc.c:1345, Policy denied | 10.0.1.46:43544 > 192.0.2.12:443 tcp asks',
    '6 cilium monitor: policy-verdict | 10.0.1.46:45122 > 10.0.0.7:8080 tcp asks',
  ],
  'p21-cilium-monitor-v.txt': ['2 cilium monitor: to-overlay (cilium_vxlan) | 10.0.1.46:43544 > 192.0.2.12:443 tcp request asks'],
  'p22-pwru.txt': [
    '2 pwru: ip_output (eth0) | 10.0.1.46 > 192.0.2.12 icmp',
    '3 pwru: dropped (cilium_wg0), kfree_skb_reason, IP_RPFILTER | 10.0.1.46:43544 > 192.0.2.12:443 tcp',
    '4 pwru: ip_rcv (wg0) | 10.0.1.46:43544 > 192.0.2.12:443 tcp',
  ],
  'p23-conntrack.txt': [
    '1 conntrack: not answered, SYN_SENT UNREPLIED | 10.0.1.46:43544 > 10.96.0.9:80 tcp request asks',
    '2 conntrack: not answered, UNREPLIED | 10.0.1.53:35926 > 10.20.0.25:8125 udp request',
    '3 conntrack: answered | 10.0.1.46 > 192.0.2.12 icmp request asks',
    '4 conntrack: answered | 10.0.1.46:40000 > 10.96.0.9:80 tcp request asks',
    '5 conntrack: seen | 10.0.1.53:4000 > 10.96.0.10:53 udp request',
  ],
  'p24-dmesg.txt': [
    '1 Kernel log: martian source (eth0) | 192.0.2.75 > 10.0.1.46 ',
    '2 Kernel log: bad checksum | 10.20.0.99:27503 > 10.20.0.252:8472 udp',
    '3 Kernel log: mangle:PREROUTING at w5 (eth0) | 10.0.9.139:39122 > 10.20.0.33:9091 tcp asks',
  ],
};

describe.skipIf(!haveSamples)('sample texts', () => {
  it.each(Object.entries(TABLE))('%s', (name, expected) => {
    const text = sample(name);
    expect(rows(text)).toEqual(expected);
    expect(told(text).info.unread).toBe(0);
  });

  it('a translation is what the answer of a connection looks like', () => {
    const other = told(sample('p23-conntrack.txt')).groups.map(({ event: { translated: t } }) =>
      t === null ? null : `${t.src.address}:${t.src.port} > ${t.dst.address}:${t.dst.port}`,
    );
    expect(other).toEqual([
      '10.0.1.46:43544 > 10.0.0.7:8080',
      '10.0.1.53:35926 > 10.0.1.54:8125',
      '10.20.0.11:0 > 192.0.2.12:0',
      '10.20.0.11:61234 > 10.0.0.7:8080',
      '10.0.1.53:4000 > 10.0.0.3:53',
    ]);
  });

  it('routes and packets that tcpdump prints are told by nobody else', () => {
    for (const name of ['p16-ip-route-get.txt', 'p25-noisy-paste.txt', 'p01-nn-any.txt', 'p08-vxlan-otv.txt'])
      expect(told(sample(name)).info.events, name).toBe(0);
  });
});

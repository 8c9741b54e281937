// What file names say of the machine that a capture or a text is of.
import { describe, expect, it } from 'vitest';
import { knownIn, machineOf, pointOf } from '../../src/main/place-names.js';

describe('the name of a capture', () => {
  it.each([
    ['router-eth1.pcap', 'router'],
    ['router_any.pcapng.gz', 'router'],
    ['k8s-w0-eth1.pcap', 'k8s-w0'],
    ['run-3.gw-lxc12ab34.pcap', 'run-3.gw'],
    ['router.pcap', 'router'],
    ['router/eth1.pcap', 'router'],
    ['lab/router/any.pcap', 'router'],
    ['any.pcap', null],
    ['eth0.pcap', null],
    ['eth-lab.pcap', 'eth-lab'],
  ])('%s is of %s', (path, point) => {
    expect(pointOf(path)).toBe(point);
  });

  it.each([
    ['3-router-eth1.pcap', ['router', 'w1'], 'router'],
    ['k8s-w1-eth0.pcap', ['w1', 'k8s-w1', 'k8s-w10'], 'k8s-w1'],
    ['k8s-w10.pcap', ['k8s-w1'], null],
    ['w1-to-router-eth0.pcap', ['router', 'w1'], 'router'],
    ['w1-router-run.pcap', ['router', 'w1'], null],
    ['other.pcap', ['router', ''], null],
    ['router/any.pcap', ['router'], 'router'],
  ])('%s with nodes %j is of %s', (path, names, name) => {
    expect(knownIn(path, names)).toBe(name);
  });
});

describe('the name of a text', () => {
  it.each([
    ['router-addr.txt', 'router'],
    ['router.txt', 'router'],
    ['k8s-ctr_ip_route.log', 'k8s-ctr'],
    ['ip-route-w1.txt', 'w1'],
    ['w1/ip-addr.json', 'w1'],
    ['w1/routes', 'w1'],
    ['ip-10-0-0-7-addr.txt', 'ip-10-0-0-7'],
    ['r1.txt', 'r1'],
    ['addr.txt', null],
    ['ip_route.json', null],
    ['notes.txt', null],
    ['session-2.log', null],
    ['cluster.json', null],
  ])('%s is of %s', (path, machine) => {
    expect(machineOf(path)).toBe(machine);
  });
});

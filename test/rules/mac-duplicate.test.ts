import { describe, expect, it } from 'vitest';
import { diagnose, ethernet } from './lab.js';
import { answers, CLONE, cloned, HOST, VM } from './link-examples.js';

const only = ['mac-duplicate'];

describe('mac-duplicate', () => {
  it('finds one MAC behind two ports of a bridge, in turns', () => {
    expect(diagnose(cloned(), { only })).toMatchObject([
      {
        verdict: 'fail',
        severity: 'warning',
        title: `2 machines have the MAC ${VM.mac}: ${VM.ip} and ${CLONE.ip}`,
        subject: { macs: [VM.mac] },
      },
    ]);
  });

  it('finds it on one interface too, where the topology has the MAC at two nodes', () => {
    const node = (ip: string, mac: string) => ({ interfaces: { eth0: { mac, addresses: [`${ip}/24`] } } });
    const frames = [0, 3].flatMap((at) => [
      ethernet({ at, mac: VM.mac, dstMac: HOST.mac }, answers(VM, HOST, {}).packet),
      ethernet({ at: at + 1, mac: VM.mac, dstMac: HOST.mac }, answers(CLONE, HOST, {}).packet),
    ]);
    const both = { nodes: { one: node(VM.ip, VM.mac), two: node(CLONE.ip, VM.mac) } };
    expect(diagnose(frames, { only, topology: both })).toHaveLength(1);
    const owner = { nodes: { one: { interfaces: { eth0: { mac: VM.mac, addresses: [`${VM.ip}/24`, `${CLONE.ip}/24`] } } } } };
    expect(diagnose(frames, { only, topology: owner })).toEqual([]);
    expect(diagnose(frames, { only })).toEqual([]);
  });

  it('leaves a machine that was moved alone: one port after the other', () => {
    expect(diagnose(cloned([0]).slice(0, -6), { only })).toEqual([]);
  });
});

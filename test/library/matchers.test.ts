// Each matcher in its outcomes: it holds, it fails, and it cannot be told.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { conversationWith, findingOf, type Lab, lab } from '../../src/library/vitest.js';

const of = (name: string) => join('captures', name);
const topology = of('lab.topology.yaml');
const open = (name: string, options = { topology }) => lab({ router: of(name) }, options);

/** What a matcher says when it fails; times of the machine are not part of it. */
const saying = (asked: Promise<unknown>) =>
  asked.then(
    () => expect.unreachable('it holds'),
    (error: Error) => error.message.replaceAll(/\d+(\.\d+)? m?s\b/g, 'T'),
  );

let healthy: Lab;
let missing: Lab;
let vxlan: Lab;
let refused: Lab;
let masqueraded: Lab;
let announced: Lab;
let unanswered: Lab;
let encrypted: Lab;

beforeAll(async () => {
  [healthy, missing, vxlan, refused, masqueraded, announced, unanswered, encrypted] = await Promise.all([
    open('native-healthy.pcap'),
    open('native-missing-route.pcap'),
    open('vxlan-router.pcap'),
    lab(of('tcp-refused.pcap')),
    open('masquerade-healthy.pcap'),
    open('lb-announced.pcap'),
    open('lb-unanswered.pcap'),
    lab(of('encrypted-only.pcap')),
  ]);
});

const WEB = { from: 'pods of k8s-ctr', to: 'pods of k8s-w0', proto: 'tcp', port: 80 };

describe('matchers', () => {
  it('toDeliver', async () => {
    await expect(healthy).toDeliver(WEB);
    await expect(healthy).toDeliver(WEB, '5s');
    expect(await saying(expect(missing).toDeliver(WEB))).toMatchSnapshot();
    // No such packet is no delivery.
    expect(await saying(expect(healthy).toDeliver({ ...WEB, port: 4444 }))).toMatchSnapshot();
  });

  it('toRefuse', async () => {
    await expect(refused).toRefuse({ proto: 'tcp', port: 8080 });
    expect(await saying(expect(healthy).toRefuse(WEB))).toMatchSnapshot();
  });

  it('toDrop', async () => {
    await expect(missing).toDrop(WEB);
    expect(await saying(expect(refused).toDrop({ proto: 'tcp' }))).toMatchSnapshot();
  });

  it('toTakePath', async () => {
    await expect(healthy).toTakePath(WEB, ['in eth1', 'out eth2'], ['in eth2', 'out eth1']);
    expect(await saying(expect(missing).toTakePath(WEB, ['in eth1', 'out eth2']))).toMatchSnapshot();
  });

  it('toBeSymmetric', async () => {
    await expect(healthy).toBeSymmetric(WEB);
    expect(await saying(expect(missing).toBeSymmetric(WEB))).toMatchSnapshot();
  });

  it('toTunnel', async () => {
    const flow = { to: 'pods of k8s-w0', proto: 'tcp' };
    await expect(vxlan).toTunnel(flow, { type: 'vxlan', outer: { dst: 'k8s-w0' } });
    await expect(healthy).toTunnel(WEB, 'none');
    expect(await saying(expect(vxlan).toTunnel(flow, { type: 'geneve' }))).toMatchSnapshot();
  });

  it('toTranslate', async () => {
    await expect(masqueraded).toTranslate({ src: 'k8s-ctr', dst: '203.0.113.10' }, { src: 'router.eth0' });
    expect(
      await saying(expect(healthy).toTranslate({ src: 'pods of k8s-ctr', dst: 'pods of k8s-w0' }, { src: '10.9.9.9' })),
    ).toMatchSnapshot();
  });

  it('toAnswerArp', async () => {
    await expect(announced).toAnswerArp('192.168.10.211', { owner: 'k8s-ctr' });
    expect(await saying(expect(unanswered).toAnswerArp('192.168.10.211'))).toMatchSnapshot();
  });

  it('never', async () => {
    const leak = 'hop.interface == eth0 && hop.direction == "out" && ip.src == 172.20.0.0/16';
    await expect(healthy).never(leak, { witness: 'ip.src == 172.20.0.0/16' });
    expect(await saying(expect(missing).never(leak, { witness: 'ip' }))).toMatchSnapshot();
    // Without its witness it holds for nothing.
    expect(await saying(expect(healthy).never(leak, { witness: 'tcp.port == 4444' }))).toMatchSnapshot();
  });

  it('toMeet', async () => {
    await expect(healthy).toMeet({ where: 'tcp', atLeast: 3 });
    expect(await saying(expect(healthy).toMeet({ where: 'sctp' }))).toMatchSnapshot();
    await expect(expect(healthy).toMeet({ wherever: 'tcp' })).rejects.toThrow(/wherever/);
  });

  it('toHaveFinding', async () => {
    await expect(missing).toHaveFinding('egress-wrong-interface');
    await expect(healthy).not.toHaveFinding('egress-wrong-interface');
    expect(await saying(expect(healthy).toHaveFinding('egress-wrong-interface'))).toMatchSnapshot();
    expect(await saying(expect(missing).not.toHaveFinding('egress-wrong-interface'))).toMatchSnapshot();
    await expect(expect(healthy).toHaveFinding('egress-wrong-interfac')).rejects.toThrow(/egress-wrong-interface/);
  });

  it('toBeHealthy', async () => {
    await expect(healthy).toBeHealthy();
    await expect(missing).not.toBeHealthy();
    expect(await saying(expect(missing).toBeHealthy())).toContain('egress-wrong-interface');
    // What cannot be told is neither.
    expect(await saying(expect(encrypted).toBeHealthy())).toMatchSnapshot();
    await expect(expect(encrypted).not.toBeHealthy()).rejects.toThrow(/encrypted/);
  });

  it('cannot be turned round where that would hold for nothing', async () => {
    await expect(expect(healthy).not.toDeliver(WEB)).rejects.toThrow('toRefuse, toDrop');
    await expect(expect(lab(of('native-healthy.pcap'))).toDeliver(WEB)).rejects.toThrow('const run = await lab(');
  });

  it('refuse what they do not know: left out in silence, it would make them hold for other packets', async () => {
    const flow = (one: unknown) => expect(healthy).toDeliver(one as { port: number });
    await expect(flow({ dst: 'pods of k8s-w0', port: 80 })).rejects.toThrow("'dst' is not a key of a flow; there are from, to,");
    await expect(flow({ prot: 'tcp' })).rejects.toThrow("'prot' is not a key of a flow; did you mean 'proto'?");
    await expect(flow('default/webpod')).rejects.toThrow('"default/webpod" was given where an object is wanted: { from, to,');
    await expect(flow(undefined)).rejects.toThrow('nothing was given where an object is wanted');
    await expect(expect(healthy).never('ip', { witnes: 'tcp' } as object)).rejects.toThrow("did you mean 'witness'?");
    await expect(lab(of('native-healthy.pcap'), { topologie: topology } as object)).rejects.toThrow("did you mean 'topology'?");
    await expect(lab(undefined as never)).rejects.toThrow('no capture is named');
    // What an expectation says of it stands in no file.
    await expect(expect(healthy).toDeliver({ to: 'k8s-w9' })).rejects.toThrow(/^'k8s-w9' is neither an address nor a name/);
    await expect(expect(healthy).toMeet({ flow: { port: 80 } })).rejects.toMatchObject({
      name: 'ExpectationError',
      message: "unknown key 'port' in flow; one of src, dst, either, proto, srcPort, dstPort, where",
    });
  });

  it('take the limits of rules from the options of lab', async () => {
    const rules = { settings: { 'arp-no-reply.within': '1h' } };
    const patient = await lab({ router: of('lb-unanswered.pcap') }, { topology, rules });
    await expect(unanswered).toHaveFinding('arp-no-reply');
    await expect(expect(patient).toHaveFinding('arp-no-reply')).rejects.toThrow('nothing of arp-no-reply');
  });

  it('look into conversations', () => {
    expect(healthy.run.conversations).toContainEqual(conversationWith({ dstPort: 80, state: 'SF' }));
    expect(healthy.run.conversations).not.toContainEqual(conversationWith({ dstPort: 80, state: 'S0' }));
  });

  it('look into findings', () => {
    expect(missing.run.findings).toContainEqual(findingOf('egress-wrong-interface', { interfaceExpected: 'eth2' }));
    expect(missing.run.findings).not.toContainEqual(findingOf('egress-wrong-interface', { interfaceExpected: 'eth7' }));
  });
});

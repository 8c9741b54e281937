// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
// What expectations say about each other and about a whole run: blocks, matrices, tags, runs that are tried again, known issues.
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.js';
import { verify } from '../../src/main/verify.js';
import { PLAIN_VERIFY } from '../main/options.js';
import { file, heldFile, hold, pcap, results, verdict } from './help.js';
import { answeredPing, back, later, lostPing, reply, request, through } from './pings.js';

const TOPOLOGY = `
nodes:
  router: { interfaces: { eth1: { index: 3 }, eth2: { index: 4 } } }
  a: { interfaces: { eth0: { addresses: [10.0.1.5/24] } }, podCIDRs: [10.0.1.0/24] }
  b: { interfaces: { eth0: { addresses: [10.0.9.5/24] } }, podCIDRs: [10.0.2.0/24] }
pods:
  10.0.1.5: { name: x/client, node: a }
  10.0.2.5: { name: x/web, node: b }
  10.0.2.6: { name: x/api, node: b }
`;
const topology = { topology: TOPOLOGY };
const FLOW = 'flow: { src: 10.0.1.5, dst: 10.0.2.5 }';
const mistakes = async (text: string, head = ''): Promise<string[]> =>
  hold(text, answeredPing, { ...topology, head }).then(
    () => [],
    (error: Error) => error.message.split('\n'),
  );

describe('for', () => {
  const twoPods = [...answeredPing, ...through(request(1, '10.0.2.6', 8)), ...back(reply(1, '10.0.2.6', 8)), later];
  const PING = 'flow: { src: "${src}", dst: "${dst}" }\n  answered: true';

  it('makes an expectation of each combination, with a name of its own', async () => {
    const run = await hold(`- name: pings\n  ${PING}\n  for: { src: pods of a, dst: [pods of b, 10.0.2.9] }`, twoPods, topology);
    expect(results(run).map(({ name, verdict: said }) => `${name}: ${said}`)).toEqual([
      'pings (x/client → x/web): pass',
      'pings (x/client → x/api): pass',
      'pings (x/client → 10.0.2.9): fail',
    ]);
    const named = await hold(`- name: to \${dst}\n  ${PING}\n  for: { src: 10.0.1.5, dst: pods of b }`, twoPods, topology);
    expect(results(named).map(({ name }) => name)).toEqual(['to x/web', 'to x/api']);
  });

  it('pairs nothing with itself, is bounded, and is never empty', async () => {
    const run = await hold(`- ${PING}\n  for: { src: [x/client, x/web], dst: [x/client, x/web] }`, twoPods, topology);
    expect(results(run)).toHaveLength(2);
    const many = `[${Array.from({ length: 40 }, (_, i) => `10.1.0.${i}`).join(', ')}]`;
    expect(await mistakes(`- ${PING}\n  for: { src: ${many}, dst: ${many} }`)).toEqual([
      expect.stringMatching(/these are 1600 combinations; more than 1000 are not checked/),
    ]);
    expect(await mistakes(`- ${PING}\n  for: { src: pods of router, dst: a }`)).toEqual([
      expect.stringMatching(/no pod of the topology is among 'pods of router'/),
    ]);
    expect(await mistakes(`- ${PING}\n  for: { src: a, dst: a }`)).toEqual([expect.stringMatching(/nothing is left/)]);
  });

  it('puts numbers where numbers stand', async () => {
    const text = '- flow: { dstPort: "${port}", proto: "${proto}" }\n  for: { port: [80], proto: [icmp] }';
    expect(await verdict(text, answeredPing)).toMatch(/^fail: no such conversation/);
    expect(await mistakes('- flow: { dstPort: "${port}" }\n  for: { port: [http] }')).toEqual([
      expect.stringMatching(/with 'http' for port, flow.dstPort is wrong: "http" is not a port/),
    ]);
  });
});

describe('blocks', () => {
  it('are told of what is wrong with them, at their place', async () => {
    const head = 'blocks: { ping: { flow: { src: a } }, round: { use: "#round" }, odd: { flwo: 1 } }';
    const found = await mistakes(
      '- use: "#pong"\n- use: "#round"\n- use: ping\n- use: nowhere.yaml#ping\n- use: "#odd"\n- use: "#ping"\n  answerd: true',
      head,
    );
    const said = [
      /:5:10: e\.yaml has no block 'pong'; did you mean 'ping'\?/,
      /:6:10: blocks use each other more than 8 deep, or in a circle/,
      /:7:10: 'ping' names no block; write FILE#NAME/,
      /:8:10: no block is taken from nowhere\.yaml: nowhere\.yaml: there is no such file/,
      /:9:5: unknown key 'flwo' in expect\.4; did you mean 'flow'\?/,
      /:11:5: unknown key 'answerd' in expect\.5; did you mean 'answered'\?/,
    ];
    for (const words of said) expect(found.join('\n')).toMatch(words);
  });

  it('take the variables of the file that uses them', async () => {
    const blocks = 'blocks: { ping: { flow: { src: 10.0.1.5, dst: "${to}" }, answered: true } }';
    const text = 'version: 1\nvariables: { to: 10.0.2.5 }\ncaptures: { router: c.pcap }\nexpect: [{ use: "shared.yaml#ping" }]';
    expect(await heldFile(text, { 'shared.yaml': blocks, 'c.pcap': pcap(answeredPing) })).toEqual(['pass']);
    expect(await heldFile(text, { 'shared.yaml': blocks, 'c.pcap': pcap(lostPing) })).toEqual([
      expect.stringMatching(/^fail: no answer/),
    ]);
  });
});

describe('groups', () => {
  it('are told of what is wrong inside, at its place', async () => {
    expect(
      await mistakes(
        '- anyOf:\n    - where: icmp\n      answered: true\n    - { pth: [in eth1] }\n    - { where: ip.sourc == 1.2.3.4 }\n    - { where: icmp, skip: no }',
      ),
    ).toEqual([
      expect.stringMatching(/^e\.yaml:7:9: 'answered' says nothing beside where/),
      expect.stringMatching(/^e\.yaml:8:11: unknown key 'pth' in expect\.0\.anyOf\.1; did you mean 'path'\?/),
      expect.stringMatching(/^e\.yaml:10:24: 'skip' is said of the whole; write it beside anyOf/),
    ]);
    expect(await mistakes('- anyOf: [{ where: icmp }, { where: ip.sourc == 1.2.3.4 }]')).toEqual([
      expect.stringMatching(/no field or protocol "ip\.sourc"/),
    ]);
  });
});

describe('tags', () => {
  const text =
    '- where: icmp\n  name: one\n  tags: [nightly, slow]\n- where: icmp\n  name: two\n  tags: nightly\n- where: icmp\n  name: three';
  const names = async (...tags: string[]) => results(await hold(text, answeredPing, { tags })).map(({ name }) => name);

  it('choose expectations', async () => {
    expect(await names('nightly')).toEqual(['one', 'two']);
    expect(await names('nightly', '!slow')).toEqual(['two']);
    expect(await names('!slow')).toEqual(['two', 'three']);
    await expect(names('weekly')).rejects.toThrow('no expectation has the tag weekly');
  });
});

describe('retry', () => {
  const held = (retry: number, captures: string) =>
    heldFile(`version: 1\ncaptures: [${captures}]\nexpect: [{ ${FLOW}, answered: true, retry: ${retry} }]`, {
      'c.pcap': pcap(answeredPing),
      'd.pcap': pcap(answeredPing),
      'lost.pcap': pcap(lostPing),
      'gone.pcap': pcap(lostPing),
    });

  it('takes what holds in another run for flaky, and tells it', async () => {
    expect(await held(1, 'lost.pcap, c.pcap, d.pcap')).toEqual([
      'skipped: flaky, holds in 2 of 3 runs; here: no answer (10.0.1.5 → 10.0.2.5 icmp)',
      'pass',
      'pass',
    ]);
  });

  it('leaves a failure alone where it failed too often, or never held', async () => {
    expect(await held(1, 'lost.pcap, gone.pcap, c.pcap')).toEqual(
      [/^fail/, /^fail/, /^pass/].map((one) => expect.stringMatching(one)),
    );
    expect(await held(5, 'lost.pcap, gone.pcap')).toEqual([/^fail/, /^fail/].map((one) => expect.stringMatching(one)));
    expect(await held(5, 'lost.pcap')).toEqual([expect.stringMatching(/^fail/)]);
  });
});

describe('severity', () => {
  it('is that of the failure; info alone does not make the run fail', async () => {
    const run = async (severity: string) => hold(`- where: tcp\n  severity: ${severity}`, answeredPing);
    expect((await run('warning')).findings[0]?.severity).toBe('warning');
    expect([exitCodeOf(await run('error')), exitCodeOf(await run('warning')), exitCodeOf(await run('info'))]).toEqual([1, 1, 0]);
  });
});

describe('names of interfaces', () => {
  it('that are nearly those of the topology are mistakes of the file, in filters too', async () => {
    expect(await mistakes('- where: "hop.interface == ehh1"')).toEqual([
      expect.stringMatching(/nothing known has "ehh1" as hop\.interface.*did you mean "eth1"\?/),
    ]);
    expect(await mistakes('- never: "hop.interface in {eth2, eht1} && tcp"')).toEqual([
      expect.stringMatching(/nothing known has "eht1"/),
    ]);
  });

  it('that are nowhere never hold', async () => {
    const said = (text: string) => verdict(text, answeredPing, topology);
    expect(await said('- never: "hop.interface == core7 && icmp"')).toMatch(/^fail: none among .*no interface is called 'core7'/);
    expect(await said('- where: "hop.interface == core7"')).toMatch(/^fail: no such frame; no interface is called 'core7'/);
    expect(await said('- arp: { target: 10.0.1.5, on: core7 }\n  atLeast: 0')).toMatch(/^fail: .*no interface is called 'core7'/);
    // The topology knows it, and nothing came there.
    expect(await said('- never: "hop.interface == eth0 && icmp"\n  witness: icmp')).toBe('pass');
  });
});

describe('what covers a conversation', () => {
  it('is each value of each', async () => {
    const frames = [...answeredPing, ...through(request(1, '10.0.2.6', 8)), ...back(reply(1, '10.0.2.6', 8))];
    const run = await hold('- flow: { dst: "${to}" }\n  each: { to: [10.0.2.5, 10.0.2.6] }', frames, { uncovered: true });
    expect(run.suites?.[0]?.uncovered).toEqual([]);
  });
});

it('a capture in the place of an expectation file is called one', async () => {
  const capture = file('c.pcap', pcap(answeredPing));
  await expect(verify({ ...PLAIN_VERIFY, paths: [capture] })).rejects.toThrow(
    /is a capture, not an expectation file; name such a file/,
  );
});

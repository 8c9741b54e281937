import { describe, expect, it } from 'vitest';
import { diagnose, type TestFrame } from './lab.js';
import { exstart } from './service-examples.js';
import { type HelloValues, ospfDescription, ospfHello } from './services-lab.js';

const A = '10.1.1.1';
const B = '10.1.1.2';
const MAC_A = '02:00:00:00:00:01';
const MAC_B = '02:00:00:00:00:02';
type Values = Omit<Partial<HelloValues>, 'src' | 'at'>;
/** Hellos of both for half a minute; they list each other where `heard` says so. */
const hellos = (a: Values, b: Values, heard = false): TestFrame[] =>
  [0, 10, 20, 30].flatMap((at) => [
    ospfHello({ at, src: A, mac: MAC_A, neighbours: heard && at > 0 ? [B] : [], ...a }),
    ospfHello({ at: at + 1, src: B, mac: MAC_B, neighbours: heard ? [A] : [], ...b }),
  ]);

describe('ospf-mismatch', () => {
  const only = ['ospf-mismatch'];
  it.each([
    ['area (0.0.0.0 and 0.0.0.1)', { area: '0.0.0.1' }],
    ['hello interval (10 s and 30 s)', { hello: 30 }],
    ['dead interval (40 s and 120 s)', { dead: 120 }],
    ['network mask (255.255.255.0 and 255.255.0.0)', { mask: '255.255.0.0' }],
    ['authentication (none and cryptographic)', { auth: 2 }],
  ])('names %s', (what, values) => {
    const findings = diagnose(hellos({}, values), { only });
    expect(findings.map((f) => f.title)).toEqual([`OSPF routers ${A} and ${B} differ in ${what}`]);
    expect(findings[0].severity).toBe('error');
  });

  it('names both MTUs where the exchange does not start', () => {
    expect(diagnose(exstart(1500, 1476), { only })[0].message).toContain(
      `${B} must reject what is larger than its own 1476 bytes`,
    );
  });

  it('names a router ID that two have', () => {
    expect(diagnose(hellos({ router: '9.9.9.9' }, { router: '9.9.9.9' }), { only })[0].title).toBe(
      `Two OSPF routers, ${A} and ${B}, have the router ID 9.9.9.9`,
    );
  });

  it('leaves neighbours alone, with other masks as well, and an exchange that goes on', () => {
    expect(diagnose(hellos({}, {}, true))).toEqual([]);
    expect(diagnose(hellos({}, { mask: '255.255.255.252' }, true))).toEqual([]);
    const goesOn = ospfDescription({ at: 32, src: B, to: A, mtu: 1476, init: false });
    expect(diagnose([...exstart(1500, 1476), goesOn])).toEqual([]);
  });

  it('leaves one router alone that sends on two links which the capture does not tell apart', () => {
    expect(diagnose(hellos({ router: '9.9.9.9' }, { router: '9.9.9.9', mac: MAC_A }))).toEqual([]);
    const other = [0, 10, 20, 30].map((at) => ospfHello({ at: at + 2, src: '10.2.2.1', mac: MAC_B, hello: 30 }));
    expect(diagnose([...hellos({}, {}, true), ...other], { only: ['ospf-mismatch', 'ospf-stuck'] })).toEqual([]);
  });

  it('leaves one router by itself', () => {
    expect(diagnose([0, 10, 20, 30].map((at) => ospfHello({ at, src: A })))).toEqual([]);
  });
});

describe('ospf-stuck', () => {
  const only = ['ospf-stuck'];
  it('says who does not hear whom', () => {
    const oneWay = hellos({}, { neighbours: [A] });
    expect(diagnose(oneWay, { only }).map((f) => f.title)).toEqual([`OSPF router ${A} does not hear ${B}`]);
    expect(diagnose(hellos({}, {}), { only }).map((f) => f.title)).toEqual([`OSPF routers ${A} and ${B} do not hear each other`]);
  });

  it('says that the exchange does not start although the MTUs are equal', () => {
    expect(diagnose(exstart(1500, 1500), { only }).map((f) => f.title)).toEqual([
      `OSPF routers ${A} and ${B} do not get past ExStart`,
    ]);
  });

  it('leaves routers that have just begun', () => {
    expect(diagnose(hellos({}, {}).slice(0, 4), { only })).toEqual([]);
  });
});

// Protocols that the page and the library for browsers leave out, since those are to stay small (scripts/page.mjs): there they are `data`.
import { atm } from './atm.js';
import { dtp } from './dtp.js';
import { eigrp } from './eigrp.js';
import { isakmp } from './isakmp.js';
import { isl } from './isl.js';
import { ldp } from './ldp.js';
import { lldp } from './lldp.js';
import { mipv6 } from './mipv6.js';
import { mqtt } from './mqtt.js';
import { nbns } from './nbns.js';
import { nsh } from './nsh.js';
import { ntp } from './ntp.js';
import { pim } from './pim.js';
import { quic } from './quic.js';
import { radius } from './radius.js';
import { rip, ripng } from './rip.js';
import { rsvp } from './rsvp.js';
import { sip } from './sip.js';
import { snmp } from './snmp.js';
import { someip } from './someip.js';

export const more = [
  isakmp,
  isl,
  dtp,
  atm,
  eigrp,
  ldp,
  lldp,
  mipv6,
  rip,
  ripng,
  rsvp,
  nsh,
  ntp,
  pim,
  quic,
  nbns,
  radius,
  snmp,
  mqtt,
  sip,
  someip,
];

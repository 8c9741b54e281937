// The keys of an expectation. What it is about comes first, then what is asked of that, in the order in which it is told.
import type { Key } from '../key.js';
import after from './after.js';
import answered from './answered.js';
import arp from './arp.js';
import at from './at.js';
import atLeast from './at-least.js';
import atMost from './at-most.js';
import before from './before.js';
import count from './count.js';
import denied from './denied.js';
import different from './different.js';
import dropped from './dropped.js';
import each from './each.js';
import except from './except.js';
import findings from './findings.js';
import flow from './flow.js';
import loss from './loss.js';
import mtu from './mtu.js';
import name from './name.js';
import nat from './nat.js';
import ndp from './ndp.js';
import never from './never.js';
import path from './path.js';
import per from './per.js';
import refused from './refused.js';
import returnPath from './return-path.js';
import rtt from './rtt.js';
import same from './same.js';
import sequence from './sequence.js';
import size from './size.js';
import skip from './skip.js';
import some from './some.js';
import ttl from './ttl.js';
import tunnel from './tunnel.js';
import where from './where.js';
import within from './within.js';
import witness from './witness.js';

export const keys: readonly Key[] = [
  name,
  skip,
  at,
  each,
  some,
  flow,
  where,
  arp,
  ndp,
  never,
  sequence,
  findings,
  path,
  returnPath,
  tunnel,
  nat,
  answered,
  refused,
  dropped,
  denied,
  size,
  mtu,
  ttl,
  same,
  different,
  rtt,
  loss,
  count,
  atLeast,
  atMost,
  before,
  after,
  within,
  except,
  witness,
  per,
];

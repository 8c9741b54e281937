// The keys of an expectation. What it is about comes first, then what is asked of that, in the order in which it is told.
import type { Key } from '../key.js';
import after from './after.js';
import allOf from './all-of.js';
import answered from './answered.js';
import anyOf from './any-of.js';
import arp from './arp.js';
import at from './at.js';
import atLeast from './at-least.js';
import atMost from './at-most.js';
import before from './before.js';
import bytes from './bytes.js';
import changed from './changed.js';
import count from './count.js';
import denied from './denied.js';
import different from './different.js';
import dropped from './dropped.js';
import each from './each.js';
import encrypted from './encrypted.js';
import except from './except.js';
import findings from './findings.js';
import flow from './flow.js';
import forKey from './for.js';
import kept from './kept.js';
import knownIssue from './known-issue.js';
import loss from './loss.js';
import mtu from './mtu.js';
import name from './name.js';
import nat from './nat.js';
import ndp from './ndp.js';
import never from './never.js';
import outage from './outage.js';
import path from './path.js';
import per from './per.js';
import rate from './rate.js';
import refused from './refused.js';
import retry from './retry.js';
import returnPath from './return-path.js';
import rtt from './rtt.js';
import same from './same.js';
import sequence from './sequence.js';
import severity from './severity.js';
import share from './share.js';
import size from './size.js';
import skip from './skip.js';
import some from './some.js';
import symmetric from './symmetric.js';
import tags from './tags.js';
import ttl from './ttl.js';
import tunnel from './tunnel.js';
import use from './use.js';
import when from './when.js';
import where from './where.js';
import within from './within.js';
import witness from './witness.js';

export const keys: readonly Key[] = [
  name,
  use,
  tags,
  severity,
  skip,
  knownIssue,
  retry,
  at,
  when,
  forKey,
  each,
  some,
  flow,
  where,
  arp,
  ndp,
  never,
  encrypted,
  sequence,
  findings,
  anyOf,
  allOf,
  path,
  returnPath,
  symmetric,
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
  kept,
  changed,
  rtt,
  loss,
  outage,
  bytes,
  rate,
  share,
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

import { z } from 'zod';
import type { Facts } from '../../facts/facts.js';
import { conversationsThat, nameOf } from '../conversations.js';
import { doubt } from '../doubt.js';
import type { Fault } from '../fault.js';
import { isTranslated, journeys } from '../journey.js';
import { subject } from '../key.js';
import type { Builder } from '../plan.js';
import { isWho, type Who } from '../selector.js';
import { type Translation, translation } from '../shapes.js';

const change = z.strictObject({ original: translation.optional(), translated: translation.optional() });

export default subject({
  key: 'nat',
  shape: z.union([z.literal('none'), change], { error: "nat is { original: ..., translated: ... }, or 'none'" }),
  beside: ['flow'],
  usage: '`nat: { original, translated }`',
  means: 'what is `original` leaves as `translated`; beside `flow`, `translated` alone or `none`: is not translated',
  about: 'conversations',
  unless: 'flow',
  check(nat, spec, tell) {
    const beside = spec['flow'] !== undefined;
    if (!beside && (nat === 'none' || nat.original === undefined))
      tell('nat', 'nat without flow needs original: { src: ..., dst: ... }, so that it is clear whose packets it is about');
    if (nat === 'none' || nat.translated !== undefined) return;
    if (beside) tell('nat', 'nat beside flow needs translated: { src: ..., dst: ... } for what it becomes, or nat: none');
    else if (nat.original !== undefined)
      tell('nat', 'nat needs translated: { src: ..., dst: ... } too; for what must not be translated write flow: and nat: none');
  },
  judge(nat, b) {
    const { original = {}, translated = {} } = nat === 'none' ? {} : nat;
    return conversationsThat(b, original, ['nat', 'original'], productOf(b, translated));
  },
  hold(nat, b) {
    const [text, conversation] = natTest(b, nat);
    return { text, conversation };
  },
});

type Test = (facts: Facts, c: number) => Fault | null;

/** Whether a conversation is what another became: the same selector may choose both. */
function productOf(b: Builder, translated: Translation): (facts: Facts, c: number) => boolean {
  const want = b.who(translated, ['nat', 'translated']);
  return (facts, c) => isWho(want, facts.tracker, c) && isTranslated(facts, c);
}

function natTest(b: Builder, nat: z.output<typeof change> | 'none'): [string, Test] {
  const first = (facts: Facts, c: number) => journeys(facts, c, 0, b.sources)[0]?.evidence ?? [{ mark: facts.firstMark(c, 0) }];
  if (nat === 'none' || nat.translated === undefined)
    return [
      'no translation',
      (facts, c) => {
        const [other] = facts.translations(c);
        if (other !== undefined) return { c, said: `translated to ${nameOf(facts, other)}`, evidence: first(facts, c) };
        const why = doubt(facts, b.sources);
        return why === null ? null : { c, said: `not translated, but ${why}`, evidence: first(facts, c), open: true };
      },
    ];
  const want = b.who(nat.translated, ['nat', 'translated']);
  const isProduct = productOf(b, nat.translated);
  const original = nat.original === undefined ? null : b.who(nat.original, ['nat', 'original']);
  return [
    `translated to ${showWho(want)}`,
    (facts, c) => {
      if (original !== null && !isWho(original, facts.tracker, c)) return null;
      if (isProduct(facts, c)) return null;
      const others = facts.translations(c);
      if (others.some((other) => isWho(want, facts.tracker, other))) return null;
      return others.length > 0
        ? { c, said: `translated to ${nameOf(facts, others[0])}`, evidence: first(facts, c) }
        : { c, said: 'not translated', evidence: first(facts, c), absence: true };
    },
  ];
}

function showWho({ src, dst, srcPort, dstPort }: Who): string {
  const ports = (list: Who['srcPort']) =>
    list?.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(' or ');
  return [
    src === null ? '' : `source ${src.join(' or ')}`,
    srcPort === null ? '' : `source port ${ports(srcPort)}`,
    dst === null ? '' : `destination ${dst.join(' or ')}`,
    dstPort === null ? '' : `destination port ${ports(dstPort)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

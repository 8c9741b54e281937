import * as z from 'zod';
import type { Conversation } from '../../facts/conversation.js';
import type { Facts } from '../../facts/facts.js';
import { conversationsThat, nameOf } from '../conversations.js';
import { doubt } from '../doubt.js';
import type { Fault } from '../fault.js';
import { isTranslated, journeys } from '../journey.js';
import { subject } from '../key.js';
import type { Builder } from '../plan.js';
import { isWho, type Who } from '../selector.js';
import { type Translation, translation } from '../shapes.js';
import { unwatched } from '../windows.js';

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

type Test = (facts: Facts, conversation: Conversation) => Fault | null;

/** Whether a conversation is what another became: the same selector may choose both. */
function productOf(b: Builder, translated: Translation): (facts: Facts, conversation: Conversation) => boolean {
  const want = b.who(translated, ['nat', 'translated']);
  return (facts, conversation) => isWho(want, facts.tracker, conversation.slot) && isTranslated(facts, conversation);
}

function natTest(b: Builder, nat: z.output<typeof change> | 'none'): [string, Test] {
  const first = (facts: Facts, conversation: Conversation) =>
    journeys(facts, conversation.request, b.sources)[0]?.evidence ?? [{ mark: conversation.request.first }];
  if (nat === 'none' || nat.translated === undefined)
    return [
      'no translation',
      (facts, conversation) => {
        const [other] = facts.translation.of(conversation);
        if (other !== undefined)
          return { conversation, said: `translated to ${nameOf(other)}`, evidence: first(facts, conversation) };
        const why = doubt(facts, b.sources);
        return why === null
          ? null
          : { conversation, said: `not translated, but ${why}`, evidence: first(facts, conversation), open: true };
      },
    ];
  const want = b.who(nat.translated, ['nat', 'translated']);
  const isProduct = productOf(b, nat.translated);
  const original = nat.original === undefined ? null : b.who(nat.original, ['nat', 'original']);
  return [
    `translated to ${showWho(want)}`,
    (facts, conversation) => {
      if (original !== null && !isWho(original, facts.tracker, conversation.slot)) return null;
      if (isProduct(facts, conversation)) return null;
      const others = facts.translation.of(conversation);
      if (others.some((other) => isWho(want, facts.tracker, other.slot))) return null;
      // Behind a first translation stands the conversation that this one was made of.
      const wrong = others.find((other) => other.request.firstNs >= conversation.request.firstNs);
      if (wrong !== undefined)
        return { conversation, said: `translated to ${nameOf(wrong)}`, evidence: first(facts, conversation) };
      const why = unwatched(facts, b.sources, conversation.request);
      return {
        conversation,
        said: why === null ? 'not translated' : `not translated; ${why}`,
        evidence: first(facts, conversation),
        absence: true,
        open: why !== null,
      };
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

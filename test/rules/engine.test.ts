import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import type { Facts } from '../../src/facts/facts.js';
import { chooseRules } from '../../src/rules/choose.js';
import { assess } from '../../src/rules/engine.js';
import type { Severity } from '../../src/rules/finding.js';
import { clock } from '../../src/rules/findings.js';
import { catalogue } from '../../src/rules/index.js';
import { type Rule, rule, type Say, seconds, sentence } from '../../src/rules/rule.js';
import { echo, ipv4, observe, sll2 } from './lab.js';

const ping = sll2({ if: 2 }, ipv4({ src: '10.1.1.10', dst: '10.1.2.20' }, echo()));

const make = (id: string, severity: Severity, judge: (facts: Facts, say: Say) => void): Rule =>
  rule({ id, title: id, group: 'transport', severity, hint: 'Do something.', page: '', judge });

const run = (rules: readonly Rule[], facts = observe([ping])) =>
  assess(
    facts,
    rules.map((one) => ({ rule: one, options: {} })),
    clock(0),
  );

const speaker = (id: string, severity: Severity, extra: object = {}): Rule =>
  make(id, severity, (facts, say) => {
    const [conversation] = facts.conversations();
    say({
      verdict: 'fail',
      key: id,
      title: id,
      message: `${id}.`,
      evidence: [{ mark: conversation.request.first }],
      count: 1,
      about: [conversation.uid],
      under: facts.causes.of(conversation),
      ...extra,
    });
  });

describe('the engine', () => {
  it('folds symptoms under the root of their causes, and lists them behind it', () => {
    const { findings } = run([
      speaker('cause', 'warning'),
      speaker('symptom', 'error'),
      speaker('other', 'error', { under: null, about: [] }),
    ]);
    expect(findings.map((f) => f.rule)).toEqual(['other', 'cause', 'symptom']);
    expect(findings[2].foldedUnder).toBe(findings[1].id);
    expect(findings[1].explains).toEqual([findings[2].id]);
  });

  it('makes silence that follows from a remark a remark, and folds nothing that was seen to go wrong under one', () => {
    const told = (...rules: readonly Rule[]) => run(rules).findings.map((f) => [f.rule, f.severity, f.foldedUnder !== null]);
    expect(told(speaker('remark', 'info'), speaker('silence', 'error', { absence: true }))).toEqual([
      ['remark', 'info', false],
      ['silence', 'info', true],
    ]);
    expect(told(speaker('remark', 'info'), speaker('seen', 'error'))).toEqual([
      ['seen', 'error', false],
      ['remark', 'info', false],
    ]);
    // What was seen takes the place of the remark for the rules after it.
    expect(told(speaker('remark', 'info'), speaker('seen', 'error'), speaker('silence', 'warning', { absence: true }))).toEqual([
      ['seen', 'error', false],
      ['silence', 'warning', true],
      ['remark', 'info', false],
    ]);
  });

  it('doubts absence where frames were lost', () => {
    const lossy = observe([ping], { points: { router: { dropped: 4 } } });
    const { findings } = run([speaker('missing', 'error', { absence: true }), speaker('seen', 'error', { under: null })], lossy);
    expect(findings.map((f) => [f.rule, f.verdict])).toEqual([
      ['seen', 'fail'],
      ['missing', 'inconclusive'],
    ]);
    expect(findings[1].message).toBe('missing. The capture at router lost 4 frames, so the packets may be there unseen.');
  });

  it('goes on when a rule throws, and does not count it as passed', () => {
    const broken = make('broken', 'error', () => {
      throw new Error('no such thing');
    });
    const { findings, passed, timing } = run([broken, make('quiet', 'error', () => {}), speaker('fine', 'error')]);
    expect(findings.map((f) => [f.rule, f.verdict])).toEqual([
      ['fine', 'fail'],
      ['broken', 'inconclusive'],
    ]);
    expect(passed).toBe(1);
    expect([...timing.keys()]).toEqual(['broken', 'quiet', 'fine']);
  });

  it('gives the same fault the same id in another run', () => {
    const id = () => run([speaker('cause', 'error')]).findings[0].id;
    expect(id()).toBe(id());
  });

  it('waits for open questions while the capture goes on', () => {
    const open = [speaker('open', 'error', { verdict: 'inconclusive' })];
    expect(run(open, observe([ping], { ended: false })).findings).toEqual([]);
    expect(run(open).findings).toHaveLength(1);
  });
});

it('makes a sentence of a clause, and never another name of a name', () => {
  expect(sentence('the route is gone')).toBe('The route is gone.');
  for (const name of ['fd00::1', 'k8s-w0', '172.20.0.1']) expect(sentence(`${name} has no route`)).toBe(`${name} has no route.`);
});

describe('choosing rules', () => {
  const timed = rule({
    id: 'timed-rule',
    title: 'T',
    group: 'path',
    severity: 'error',
    hint: '',
    page: '',
    options: { within: seconds(1, 'a time') },
    judge: () => {},
  });
  const choose = (settings: string[]) => chooseRules([timed], { only: [], except: [], settings });

  it('reads times with their units', () => {
    expect(choose(['timed-rule.within=250ms'])[0].options.within).toBe(250e6);
    expect(choose(['timed-rule.within=2'])[0].options.within).toBe(2e9);
    expect(choose([])[0].options.within).toBe(1e9);
  });

  it('says what is wrong with a setting', () => {
    for (const [text, message] of [
      ['timed-rule.without=1s', /has within/],
      ['timed-rule.within=soon', /such as 2s/],
      ['nonsense', /form/],
      ['no-rule.within=1s', /no rule is called/],
    ] as const) {
      expect(() => choose([text])).toThrow(UsageError);
      expect(() => choose([text])).toThrow(message);
    }
  });

  it('leaves out what is not wanted', () => {
    const ids = (only: string[], except: string[]) =>
      chooseRules(catalogue, { only, except, settings: [] }).map((r) => r.rule.id);
    expect(ids(['tcp-reset', 'dns-error'], ['dns-error'])).toEqual(['tcp-reset', 'run-incomplete']);
    expect(ids([], ['tcp-reset'])).toHaveLength(catalogue.length - 1);
  });
});

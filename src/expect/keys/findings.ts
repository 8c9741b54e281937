import * as z from 'zod';
import type { Finding, Severity } from '../../rules/finding.js';
import { suggest } from '../../topology/document.js';
import { framesAt } from '../doubt.js';
import { type Judge, subject } from '../key.js';
import { many, type Outcome, some } from '../outcome.js';
import { type Builder, Unusable } from '../plan.js';
import { list, text } from '../shapes.js';
import at from './at.js';

const SEVERITIES: readonly string[] = ['error', 'warning', 'info'] satisfies Severity[];

const shape = z.strictObject({
  none: list(text).optional().describe('Severities or rules that must find nothing'),
  some: list(text).optional().describe('Rules that must find something'),
  except: list(text).optional().describe('Rules that may'),
});

export default subject({
  key: 'findings',
  shape,
  beside: [],
  usage: '`findings: { none, some, except }`',
  means: 'the rules find nothing of these severities or ids; or do',
  about: 'other',
  early: true,
  check(findings, _, tell) {
    if (findings.none === undefined && findings.some === undefined)
      tell('findings', 'write none: [error] for what must not be found, or some: [RULE] for what must');
  },
  judge: findings,
});

function findings(spec: z.output<typeof shape>, b: Builder): Judge {
  const ids = b.plan.ruleIds;
  const points = b.get(at);
  const listOf = (value: string | string[] | undefined) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
  const known = (key: 'none' | 'some' | 'except', valid: readonly string[]): string[] =>
    listOf(spec[key]).filter(
      (name, i) =>
        valid.includes(name) ||
        b.part(Array.isArray(spec[key]) ? ['findings', key, i] : ['findings', key], () => {
          throw new Unusable(`no rule is called '${name}'; ${suggest(name, valid)}`);
        }) !== null,
    );
  const none = new Set(known('none', [...SEVERITIES, ...ids]));
  const must = known('some', ids);
  const except = new Set(known('except', ids));
  const expected = [
    none.size > 0 ? `no finding of ${[...none].join(', ')}` : '',
    must.length > 0 ? `findings of ${must.join(', ')}` : '',
    except.size > 0 ? `${[...except].join(', ')} left aside` : '',
  ]
    .filter(Boolean)
    .join('; ');
  const say = (f: Finding) => `${f.rule}: ${f.title}`;

  return (facts, assess) => {
    const here = assess().findings.filter(
      (f) => !except.has(f.rule) && f.evidence.every((e) => points === undefined || listOf(points).includes(e.point)),
    );
    const outcome = (verdict: Outcome['verdict'], seen: string, about: readonly Finding[]): Outcome => ({
      verdict,
      expected,
      seen,
      evidence: [],
      count: about.length,
      about: [],
      found: about[0]?.evidence ?? [],
      cause: about[0] ?? null,
    });
    if (framesAt(facts, b.sources) === 0) return outcome('fail', 'no frames: the rules had nothing to look at', []);
    const hit = here.filter((f) => none.has(f.severity) || none.has(f.rule));
    // What another finding explains is told with it, once.
    const failed = hit.filter((f) => f.verdict === 'fail');
    const roots = failed.filter((f) => f.foldedUnder === null || !failed.some((other) => other.id === f.foldedUnder));
    if (roots.length > 0) return outcome('fail', some(roots.map(say)), roots);
    const missing = must.filter((id) => !here.some((f) => f.rule === id && f.verdict === 'fail'));
    if (missing.length > 0) return outcome('fail', `nothing of ${missing.join(', ')}`, []);
    const open = hit.filter((f) => f.verdict === 'inconclusive');
    if (open.length > 0) return outcome('inconclusive', some(open.map(say)), open);
    const wanted = here.filter((f) => must.includes(f.rule));
    return outcome('pass', wanted.length > 0 ? many(wanted.length, 'finding') : 'none', wanted);
  };
}

// A topology checked by itself, as a run that all reports are made from.
import type { Run } from '../report/run.js';
import { VERSION } from '../report/version.js';
import type { Finding } from '../rules/finding.js';
import { findingId, NO_SUBJECT } from '../rules/findings.js';
import { checkTopology, type Problem } from '../topology/check/check.js';
import type { SharedPods } from '../topology/import/draft.js';
import type { Topology } from '../topology/model.js';

/** `files`: paths as they are shown. `shared`: pod networks of two nodes, of which the topology has one. */
export function checkRun(topology: Topology, files: readonly string[], shared: readonly SharedPods[] = []): Run {
  const { problems, paths, looked } = checkTopology(topology, shared);
  const findings = problems.map(findingOf);
  const told = new Set(problems.map(({ rule }) => rule));
  const nodes = topology.nodeNames.map((name) => topology.node(name)!);
  const interfaces = nodes.flatMap((node) => node.interfaces);
  return {
    schema: 'hopscope.report/2',
    tool: { name: 'hopscope', version: VERSION },
    captures: [],
    findings,
    topology: {
      files,
      nodes: nodes.length,
      interfaces: interfaces.length,
      routes: nodes.reduce((sum, { routes }) => sum + routes.length, 0),
      tunnels: interfaces.filter(({ tunnel }) => tunnel !== null).length,
      paths: { walked: paths.walked, delivered: paths.delivered, broken: paths.broken, undecided: paths.unknown },
    },
    summary: {
      fail: findings.filter(({ verdict, severity }) => verdict === 'fail' && severity !== 'info').length,
      inconclusive: findings.filter(({ verdict }) => verdict === 'inconclusive').length,
      pass: looked.filter((rule) => !told.has(rule)).length,
    },
  };
}

function findingOf(problem: Problem): Finding {
  const { rule, verdict, severity, key, title, message, cause, hint, commands, node, subject, count } = problem;
  return {
    rule,
    verdict,
    severity,
    confidence: 'high',
    title,
    message,
    cause,
    hint,
    commands,
    subject: { ...NO_SUBJECT, ...subject, node },
    evidence: [],
    count,
    first: null,
    last: null,
    id: findingId(rule, verdict, key),
    explains: [],
    foldedUnder: null,
  };
}

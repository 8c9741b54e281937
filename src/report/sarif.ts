// SARIF 2.1.0 (OASIS). A location is the record in the capture file: byteOffset and byteLength (section 3.30.9).
import { fileUri } from '#host';
import { safeText } from '../bytes/text.js';
import type { Evidence, Finding, Quote } from '../rules/finding.js';
import { captureAt, placeOf } from './causes.js';
import { safeJson } from './json.js';
import type { Run } from './run.js';

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;
const KINDS = { fail: 'fail', inconclusive: 'open', pass: 'pass' } as const;

// A file name that is not UTF-8 can hold one; a URI cannot.
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** A path as a URI reference; null for standard input, which no viewer can open. */
export function uri(path: string): string | null {
  if (path === '-') return null;
  const absolute = fileUri(path);
  if (absolute !== null) return absolute;
  // A first segment with a colon would read as a scheme (RFC 3986 section 4.2).
  const encoded = path.replace(LONE_SURROGATE, '\ufffd').split('/').map(encodeURIComponent).join('/');
  return /^[^/]*:/.test(path) ? `./${encoded}` : encoded;
}

function location(run: Run, evidence: Evidence) {
  const where = captureAt(run, evidence.point);
  const target = where === undefined ? null : uri(where.file);
  const frame = `${evidence.point}, frame ${evidence.frame}`;
  return {
    ...(target !== null && {
      physicalLocation: {
        artifactLocation: { uri: target },
        region: { byteOffset: evidence.fileOffset, byteLength: evidence.length },
      },
    }),
    logicalLocations: [{ name: `frame ${evidence.frame}`, fullyQualifiedName: safeText(frame), kind: 'frame' }],
    message: { text: safeText(`${frame} at ${evidence.time}: ${evidence.note}`) },
  };
}

/** The line of another tool that tells of it. */
const quoted = ({ file, line, says }: Quote) => ({
  physicalLocation: { artifactLocation: { uri: uri(file) ?? '' }, region: { startLine: line } },
  logicalLocations: [{ name: `line ${line}`, fullyQualifiedName: safeText(`${file}, line ${line}`), kind: 'line' }],
  message: { text: safeText(says) },
});

/** The line of the expectation that a finding is about. */
function expectation(run: Run, finding: Finding) {
  const place = placeOf(run, finding);
  const target = place === null ? null : uri(place.file);
  if (place === null || target === null) return [];
  const region = { startLine: place.line, startColumn: place.column };
  return [
    {
      physicalLocation: { artifactLocation: { uri: target }, region },
      logicalLocations: [{ name: safeText(finding.title), kind: 'expectation' }],
      message: { text: 'the expectation' },
    },
  ];
}

/** The file that says so: which line of it does not follow from a fault of the lab. */
function inTopology(file: string) {
  const target = uri(file);
  return target === null ? [] : [{ physicalLocation: { artifactLocation: { uri: target } }, message: { text: 'the topology' } }];
}

function result(run: Run, finding: Finding, ruleIndex: number) {
  // Where an expectation is written comes first: that line is what a reviewer sees.
  const written = expectation(run, finding);
  const seen = finding.evidence.map((evidence) => location(run, evidence));
  const topology = (run.topology?.files ?? []).flatMap(inTopology);
  const [first, ...related] = [...written, ...seen, ...(finding.quotes ?? []).map(quoted), ...topology];
  const text = [finding.message || finding.title, finding.cause && `Cause: ${finding.cause}`, finding.hint]
    .concat(finding.commands.map((command) => `$ ${command}`))
    .filter(Boolean)
    .map(safeText)
    .join('\n');
  return {
    ruleId: finding.rule,
    ruleIndex,
    kind: KINDS[finding.verdict],
    // Section 3.27.10: a level other than `none` goes with the kind `fail` only.
    level: finding.verdict === 'fail' ? LEVELS[finding.severity] : 'none',
    message: { text },
    locations: first === undefined ? [] : [first],
    ...(related.length > 0 && { relatedLocations: related.map((one, id) => ({ id, ...one })) }),
    occurrenceCount: Math.max(1, finding.count),
    partialFingerprints: { 'hopscope/v1': finding.id },
    properties: {
      title: safeText(finding.title),
      severity: finding.severity,
      confidence: finding.confidence,
      subject: finding.subject,
      commands: finding.commands,
      explains: finding.explains,
      foldedUnder: finding.foldedUnder,
    },
  };
}

export function sarif(run: Run): string {
  // Viewers list every result as something to look at: what holds is none.
  const findings = run.findings.filter(({ verdict }) => verdict !== 'pass');
  const ids = [...new Set(findings.map((finding) => finding.rule))].sort();
  const broken = run.captures.filter((capture) => capture.error !== null);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: run.tool.name,
            semanticVersion: run.tool.version,
            version: run.tool.version,
            rules: ids.map((id) => {
              const alike = findings.filter((finding) => finding.rule === id);
              const sample = alike[0]!;
              // Expectations are one rule, and each fails for a reason of its own.
              const isHelp = sample.hint !== '' && alike.every(({ hint }) => hint === sample.hint);
              return {
                id,
                shortDescription: { text: id.replaceAll('-', ' ') },
                ...(isHelp && { help: { text: safeText(sample.hint) } }),
                defaultConfiguration: { level: LEVELS[sample.severity] },
              };
            }),
          },
        },
        invocations: [
          {
            executionSuccessful: broken.length === 0,
            toolExecutionNotifications: broken.map((capture) => ({
              level: 'error',
              message: { text: safeText(`${capture.file}: ${capture.error}`) },
            })),
          },
        ],
        artifacts: [
          ...run.captures.map(({ file, point }) => ({ file, what: point })),
          ...(run.topology?.files ?? []).map((file) => ({ file, what: 'topology' })),
        ].flatMap(({ file, what }) => {
          const target = uri(file);
          return target === null ? [] : [{ location: { uri: target }, description: { text: safeText(what) } }];
        }),
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => result(run, finding, ids.indexOf(finding.rule))),
      },
    ],
  };
  return `${safeJson(JSON.stringify(log, null, 2))}\n`;
}

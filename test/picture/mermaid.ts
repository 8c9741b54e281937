// The part of Mermaid's syntax that is drawn with: each kind of line as it has been rendered by Mermaid 11. Real text is letters, digits, a few
// signs and entity codes, so that no word of it can mean anything to Mermaid.
const TEXT = /(?:[\p{L}\p{M}\p{N} .,/_\u00b5\u00d7\u2192()-]|#\d+;)+/u.source;
const NODE = `"${TEXT}(?:<br/>${TEXT})?"`;

const LINES: Readonly<Record<string, RegExp>> = {
  sequenceDiagram: new RegExp(
    `^ {2}(participant p\\d+ as ${TEXT}|rect rgba\\(130, 80, 223, 0\\.1\\)|end|Note over p\\d+(,p\\d+)?: ${TEXT}|p\\d+(->>|-->>|-x|--\\))p\\d+: ${TEXT})$`,
    'u',
  ),
  'flowchart LR': new RegExp(
    `^ {2}(n\\d+(\\[\\[${NODE}\\]\\]|\\(\\[${NODE}\\]\\)|\\[${NODE}\\])|n\\d+ (-->|<-->|--x|-\\.->)\\|"${TEXT}"\\| n\\d+|linkStyle \\d+ stroke:#cf222e,color:#cf222e|l\\d+\\["${TEXT}"\\])$`,
    'u',
  ),
  gantt: new RegExp(
    `^ {2}(dateFormat x|axisFormat %H:%M:%S|section (Outcome|Events)|${TEXT}:(done|crit), \\d+, \\d+|${TEXT}:milestone, \\d+, 0d)$`,
    'u',
  ),
};

/** Lines that Mermaid would not read, or would read as something else. */
export function oddities(lines: readonly string[]): string[] {
  const [kind = '', ...rest] = lines;
  const shape = LINES[kind];
  if (shape === undefined) return [`no diagram: ${kind}`];
  const odd = rest.filter((line) => !shape.test(line));
  const frames = rest.filter((line) => line.startsWith('  rect ')).length - rest.filter((line) => line === '  end').length;
  if (frames !== 0) odd.push(`${frames} frames do not end`);
  const known = new Set(rest.flatMap((line) => /^ {2}(?:participant )?([pn]\d+)(?: as |\[|\(\[)/.exec(line)?.[1] ?? []));
  for (const line of kind === 'gantt' ? [] : rest)
    for (const [name] of line.replaceAll(/"[^"]*"|: .*| as .*/g, '').matchAll(/\b[pn]\d+\b/g))
      if (!known.has(name)) odd.push(`${name} is nowhere: ${line}`);
  return odd;
}

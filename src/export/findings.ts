// Findings, the frames they point at, and the captures they were found in, as rows.
import type { Finding } from '../rules/finding.js';
import type { TimeColumn } from './columns.js';
import type { Parts } from './parts.js';
import type { Places } from './places.js';
import type { TABLES } from './schema.js';

/** Sets a time that a report wrote: RFC 3339 in UTC with nine decimals, or seconds where the year is beyond 9999. */
export function setReportTime(column: TimeColumn, row: number, text: string): void {
  const dot = text.lastIndexOf('.');
  const whole = text.slice(0, dot);
  const seconds = whole.includes('T') ? Date.parse(`${whole}Z`) / 1000 : Number(whole);
  column.set(row, seconds, Number.parseInt(text.slice(dot + 1), 10));
}

export function addFinding(files: Parts<typeof TABLES.findings>, finding: Finding, position: number, places: Places): void {
  const table = files.at();
  const { columns: c, row } = table;
  const { subject } = finding;
  c.run.set(row, places.run);
  c.finding.set(row, finding.id);
  c.position.set(row, position);
  for (const name of ['rule', 'verdict', 'severity', 'confidence', 'title', 'message', 'cause', 'hint'] as const)
    c[name].set(row, finding[name]);
  c.commands.set(row, finding.commands.join('\n'));
  c.ip_src.set(row, subject.src);
  c.ip_dst.set(row, subject.dst);
  c.proto.set(row, subject.proto);
  if (subject.srcPort !== null) c.src_port.set(row, subject.srcPort);
  if (subject.dstPort !== null) c.dst_port.set(row, subject.dstPort);
  c.tunnel.set(row, subject.tunnel);
  if (subject.vni !== null) c.vni.set(row, subject.vni);
  c.interface_in.set(row, subject.interfaceIn);
  c.interface_out.set(row, subject.interfaceOut);
  c.interface_expected.set(row, subject.interfaceExpected);
  c.target.set(row, subject.target);
  c.macs.set(row, subject.macs.join(' '));
  c.node.set(row, subject.node);
  c.occurrences.set(row, finding.count);
  if (finding.first !== null) setReportTime(c.first_time, row, finding.first);
  if (finding.last !== null) setReportTime(c.last_time, row, finding.last);
  c.explains.set(row, finding.explains.join(' '));
  c.folded_under.set(row, finding.foldedUnder);
  table.next();
}

export function addEvidence(files: Parts<typeof TABLES.evidence>, finding: Finding, places: Places): void {
  finding.evidence.forEach((one, i) => {
    const table = files.at();
    const { columns: c, row } = table;
    c.run.set(row, places.run);
    c.finding.set(row, finding.id);
    c.position.set(row, i + 1);
    c.capture.set(row, one.point);
    c.frame_number.set(row, one.frame);
    if (one.conversation !== null) c.conversation.set(row, one.conversation);
    setReportTime(c.frame_time, row, one.time);
    c.field.set(row, one.field);
    c.note.set(row, one.note);
    table.next();
  });
}

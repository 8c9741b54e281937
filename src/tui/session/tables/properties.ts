// Capture properties: what the captures say of themselves.

import { plainWidth } from '../../../bytes/text.js';
import { duration, size } from '../../../bytes/units.js';
import type { ReportCapture } from '../../../report/run.js';
import type { Severity } from '../../../rules/finding.js';
import type { Comments, Table, TableRow } from '../../session.js';
import type { Engine } from '../engine.js';

/** What the captures say of themselves. */
export function propertiesTable({ lab, captures, settings, progress, count }: Engine, comments: Comments): Table {
  const rows: TableRow[] = [];
  const row = (label: string, value: string | null, depth = 1, severity: Severity | null = null) => {
    if (value !== null && value !== '')
      rows.push({ cells: [label, plainWidth(value)], severity, filter: '', packet: 0, depth, ends: null });
  };
  lab.captures.forEach(({ label, source }, i) => {
    const { info } = source;
    const report: ReportCapture | undefined = captures[i];
    rows.push({ cells: [plainWidth(label), ''], severity: null, filter: '', packet: 0, depth: 0, ends: null });
    row('File', settings.captures[i].path);
    row(
      'Format',
      [info.format, info.variant, info.byteOrder === null ? null : `${info.byteOrder} endian`].filter(Boolean).join(', '),
    );
    row('Link types', report?.linkTypes.join(', ') ?? '');
    row('Packets', report === undefined ? (lab.captures.length === 1 ? String(count) : null) : String(report.frames));
    row('Bytes on the wire', report === undefined ? null : `${size(report.bytes)} (${report.bytes})`);
    row('First', report?.first ?? null);
    row('Last', report?.last ?? null);
    if (report !== undefined && report.first !== null && report.last !== null) {
      const seconds = (Date.parse(report.last) - Date.parse(report.first)) / 1000;
      row('Duration', duration(seconds * 1e9));
      if (seconds > 0) row('Rate', `${(report.frames / seconds).toFixed(1)} packets/s, ${size(report.bytes / seconds)}/s`);
    }
    if (report !== undefined) {
      row(
        'Dropped',
        report.dropped === null ? 'the file does not say' : String(report.dropped),
        1,
        report.dropped ? 'warning' : null,
      );
      row('Cut short', report.clipped === 0 ? null : `${report.clipped} packets, by the snapshot length`, 1, 'warning');
    }
    row('Hardware', info.hardware.join(', '));
    row('System', info.os.join(', '));
    row('Written by', info.application.join(', '));
    for (const comment of comments.ofCapture(i)) row('Comment', comment);
    for (const one of (report?.interfaces ?? []).toSorted((a, b) => a.index - b.index)) {
      const from = one.nameFrom === 'none' ? '' : `, named by the ${one.nameFrom}`;
      row(`Interface ${one.index}`, `${one.name}: ${one.in} in, ${one.out} out${from}`);
    }
    for (const one of info.interfaces) {
      const parts = [
        one.snapLength > 0 ? `snapshot length ${one.snapLength}` : null,
        one.filter === null ? null : `capture filter "${one.filter}"`,
        one.description,
        one.received === null ? null : `${one.received} received`,
        one.dropped === null ? null : `${one.dropped} dropped`,
      ];
      row(
        info.interfaces.length === 1 ? 'Captured with' : `Description ${one.id}`,
        parts.filter((part) => part !== null).join(', '),
      );
    }
    row('Error', report?.error ?? null, 1, 'error');
  });
  const { state } = progress;
  return {
    columns: [
      { title: 'Property', align: 'left', weight: 9 },
      { title: 'Value', align: 'left', weight: 9 },
    ],
    count: rows.length,
    isPartial: state === 'running' || state === 'following',
    tabs: [{ title: 'Properties', count: rows.length }],
    rows: (from, n) => rows.slice(from, from + n),
  };
}

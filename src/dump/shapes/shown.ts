// A packet as tshark's JSON and PDML have it.
import { type FieldDef, type FieldValue, field } from '../../dissect/fields.js';
import type { Severity } from '../remarks.js';

export interface Shown {
  /** Its filter name; '' for a line that is no field. */
  readonly name: string;
  readonly def: FieldDef;
  /** Where its bytes are; no length where it was made from others. */
  readonly at: number;
  readonly length: number;
  readonly value: FieldValue;
  /** Its value as tshark shows it; null: it has none. */
  readonly show: string | null;
  /** Its line in a tree, safe to print. */
  readonly label: string;
  readonly isLayer: boolean;
  /** A generic name: Wireshark has it, and does not show it. */
  readonly isHidden: boolean;
  readonly children: readonly Shown[];
}

export const frameField = field('frame', 'Frame', 'none');

/** A line of a tree that is no field. */
export const heading = (label: string, children: readonly Shown[]): Shown => ({
  name: '',
  def: frameField,
  at: children[0]?.at ?? 0,
  length: 0,
  value: null,
  show: null,
  label,
  isLayer: false,
  isHidden: false,
  children,
});

/** Wireshark's numbers (epan/proto.h). */
export const SEVERITY: Readonly<Record<Severity, number>> = { chat: 0x200000, note: 0x400000, warn: 0x600000, error: 0x800000 };
const GROUP: Readonly<Record<string, number>> = { Sequence: 0x2000000, Malformed: 0x7000000, Protocol: 0x9000000 };
const expert = {
  self: field('_ws.expert', 'Expert info', 'none'),
  message: field('_ws.expert.message', 'Message', 'string'),
  severity: field('_ws.expert.severity', 'Severity level', 'uint32'),
  group: field('_ws.expert.group', 'Group', 'uint32'),
} as const;

/** A remark about a field; `says`: the field that has it, where there is one. */
export function remark(at: number, severity: Severity, text: string, group = 'Protocol', says: readonly Shown[] = []): Shown {
  const one = (def: FieldDef, show: string | null, label: string, children: readonly Shown[] = []): Shown => ({
    ...heading(label, children),
    name: def.name,
    def,
    at,
    show,
  });
  return one(expert.self, null, `Expert Info (${severity}): ${text}`, [
    ...says,
    { ...one(expert.message, text, `Message: ${text}`), isHidden: true },
    one(expert.severity, String(SEVERITY[severity]), `Severity level: ${severity}`),
    one(expert.group, String(GROUP[group] ?? 0), `Group: ${group}`),
  ]);
}

// `_ws.expert` and what stands below it: what is remarkable in a frame, for filters and columns. Several remarks of a frame are one text with
// commas, and the severity is that of the worst.
import type { ExtraField } from '../dissect/extra.js';
import { type FieldType, type FieldValue, field } from '../dissect/fields.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { SEVERITIES, type Severity } from './remarks.js';
import { SEVERITY } from './shapes/shown.js';
import { remarksIn } from './statistics/expert.js';

const NAME = '_ws.expert';

export const isExpert = (name: string): boolean => name === NAME || name.startsWith(`${NAME}.`);

interface Remarks {
  readonly texts: string[];
  worst: Severity | null;
}

export function expertFields(registry: Registry): ExtraField[] {
  let ask: ReturnType<typeof remarksIn> | null = null;
  const none: Remarks = { texts: [], worst: null };
  let [frame, found] = [0, none];
  // Several fields ask of the same frame.
  const remarks = (layers: Layers): Remarks => {
    const number = layers.frame?.number ?? 0;
    if (number === frame) return found;
    ask ??= remarksIn(registry);
    const own: Remarks = { texts: [], worst: null };
    ask(layers, (severity, _group, _protocol, text) => {
      own.texts.push(text);
      if (own.worst === null || SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(own.worst)) own.worst = severity;
    });
    [frame, found] = [number, own];
    return own;
  };
  const make = (
    name: string,
    title: string,
    type: FieldType,
    read: (told: Remarks, worst: Severity) => FieldValue,
  ): ExtraField => ({
    def: field(name, title, type),
    needs: 'past',
    read(layers) {
      const told = remarks(layers);
      return told.worst === null ? null : read(told, told.worst);
    },
  });
  return [
    make(NAME, 'Expert info', 'bool', () => 1),
    make(`${NAME}.message`, 'Message', 'string', ({ texts }) => texts.join(',')),
    make(`${NAME}.severity`, 'Severity level', 'uint32', (_, worst) => SEVERITY[worst]),
  ];
}

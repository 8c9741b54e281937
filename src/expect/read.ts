// Expectation files: YAML with variables, checked as a whole, every problem with its place.
import { Checked, type Kind, type Path, type Place, type Problems, type SourceText, suggest } from '../topology/document.js';
import { type Load, withBlocks } from './blocks.js';
import { subjectOf } from './build.js';
import { GROUPS, OF_THE_WHOLE } from './groups.js';
import { type Expectation, given, type Subject } from './key.js';
import name from './keys/name.js';
import { type ExpectationFile, expectationShape, fileShape, KINDS } from './schema.js';

/** One expectation, variables filled in, and where it stands. */
export interface Written {
  /** What it is about, and the name of that. */
  readonly subject: Subject;
  readonly kind: string;
  readonly name: string;
  readonly spec: Expectation;
  readonly place: Place;
  /** Place of a part of it, for messages. */
  readonly at: (path: Path) => Place;
  /** Those that came of one `each` or `some` share a family. */
  readonly family: { readonly id: number; readonly how: 'each' | 'some'; readonly value: string } | null;
}

export interface Sheet {
  /** Path as it is shown. */
  readonly path: string;
  readonly name: string;
  readonly file: ExpectationFile;
  readonly at: (path: Path) => Place;
  readonly expectations: readonly Written[];
  /** Other files that blocks were taken from. */
  readonly used: readonly string[];
}

/** Adds what is wrong to `problems`; the sheet is what is left without it, null where that says nothing. `load`: reads other files. */
export function readSheet(source: SourceText, problems: Problems, load: Load | null = null): Sheet | null {
  const used = new Set<string>();
  const kind: Kind<ExpectationFile> = {
    shape: fileShape,
    what: 'an expectation file',
    prepare: (plain, tell) => fillIn(withBlocks(plain, source, load, used, tell), tell),
  };
  const checked = new Checked(source, kind, problems);
  const at = (path: Path): Place => checked.at(path);
  const whole = checked.file;
  const parts: readonly (readonly [spec: Expectation, i: number])[] =
    whole === null ? soundParts(checked.plain) : whole.expect.map((spec, i) => [spec, i]);
  const file = whole ?? soundFile(checked.plain, parts);
  if (file === null) return null;
  const expectations = parts.map(([spec, i]): Written | null => {
    const subject = aboutOf(checked, spec, ['expect', i], problems);
    if (subject === null) return null;
    return {
      subject,
      kind: subject.key,
      name: given(spec, name) ?? nameOf(subject.key, spec),
      spec,
      place: checked.at(['expect', i]),
      at: (path) => checked.at(['expect', i, ...path]),
      family: null,
    };
  });
  const sound = expectations.filter((one) => one !== null);
  if (sound.length === 0) return null;
  return { path: source.name, name: file.name ?? source.name, file, at, expectations: sound, used: [...used] };
}

/** What an expectation is about; null where that, or what one of its members is about, cannot be told, which is a problem then. */
function aboutOf(checked: Checked<ExpectationFile>, spec: Expectation, path: Path, problems: Problems): Subject | null {
  const subject = subjectOf(spec, (key, text) => problems.add(checked.at([...path, key], 'key'), text));
  if (subject === null) {
    problems.add(checked.at(path), `nothing is expected here; write one of ${KINDS.join(', ')}`);
    return null;
  }
  let isSound = true;
  for (const key of GROUPS)
    for (const [i, member] of ((spec[key] ?? []) as readonly Expectation[]).entries()) {
      const inner = [...path, key, i];
      checked.check(expectationShape, member, inner, problems);
      for (const one of OF_THE_WHOLE)
        if (member[one] !== undefined)
          problems.add(checked.at([...inner, one], 'key'), `'${one}' is said of the whole; write it beside ${key}`);
      isSound = expectationShape.safeParse(member).success && aboutOf(checked, member, inner, problems) !== null && isSound;
    }
  return isSound ? subject : null;
}

/** Of a file with mistakes the expectations that have none, so that what their filters and names have wrong is told with the rest. */
function soundParts(plain: unknown): [Expectation, number][] {
  const list = isMap(plain) && Array.isArray(plain['expect']) ? plain['expect'] : [];
  return list.flatMap((item, i): [Expectation, number][] => {
    const checked = expectationShape.safeParse(item);
    return checked.success ? [[checked.data, i]] : [];
  });
}

function soundFile(plain: unknown, parts: readonly (readonly [Expectation, number])[]): ExpectationFile | null {
  if (!isMap(plain) || parts.length === 0) return null;
  const known = Object.fromEntries(Object.entries(plain).filter(([key]) => Object.hasOwn(fileShape.shape, key)));
  return fileShape.safeParse({ ...known, expect: parts.map(([spec]) => spec) }).data ?? null;
}

/** An expectation without a name is called by what it says. */
function nameOf(kind: string, spec: Expectation): string {
  const value = spec[kind];
  const text =
    typeof value === 'string' ? value : JSON.stringify(value).replace(/["{}]/g, '').replace(/,/g, ', ').replace(/:/g, ' ');
  return `${kind} ${text}`.slice(0, 100);
}

type Values = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Replaces `${name}` in all texts; those that `each`, `some` and `for` name stay. */
function fillIn(plain: unknown, tell: (path: Path, text: string) => void): unknown {
  if (!isMap(plain)) return plain;
  const values: Values = isMap(plain['variables']) ? plain['variables'] : {};
  const fill = (value: unknown, path: Path, own: readonly string[]): unknown => {
    if (typeof value === 'string') return replace(value, values, own, (text) => tell(path, text));
    if (Array.isArray(value)) return value.flatMap((item, i) => fill(item, [...path, i], own));
    if (!isMap(value)) return value;
    const choices = [value['each'], value['some'], value['for']].flatMap((c) => (isMap(c) ? Object.keys(c) : []));
    const known = choices.length > 0 ? [...own, ...choices] : own;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key], known)]));
  };
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key, key === 'variables' || key === 'blocks' ? value : fill(value, [key], [])]),
  );
}

function replace(text: string, values: Values, later: readonly string[], tell: (text: string) => void): unknown {
  // A text that is nothing but a variable becomes its value, a list too.
  const whole = /^\$\{([\w-]+)\}$/.exec(text);
  if (whole !== null && Object.hasOwn(values, whole[1])) return values[whole[1]];
  return text.replace(/\$\{([^}]*)\}/g, (all, name: string) => {
    if (later.includes(name)) return all;
    if (!Object.hasOwn(values, name)) {
      tell(
        `no variable is called '${name}'; ${suggest(name, [...Object.keys(values), ...later], "name it under 'variables' first")}`,
      );
      return all;
    }
    const value = values[name];
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
}

export type Value = string | number;

/** The same expectation with values for its variables, and without `choice`, which gave them; a text where a value does not fit. */
export function withValues(
  written: Written,
  values: Readonly<Record<string, Value>>,
  choice: 'each' | 'some' | 'for',
): Written | string {
  const put = (part: unknown): unknown => {
    if (typeof part === 'string') return replaced(part, values);
    if (Array.isArray(part)) return part.map(put);
    return isMap(part) ? Object.fromEntries(Object.entries(part).map(([key, item]) => [key, put(item)])) : part;
  };
  const { [choice]: _, ...spec } = written.spec;
  const checked = expectationShape.safeParse(put(spec));
  if (checked.success) return { ...written, spec: checked.data };
  const [issue] = checked.error.issues;
  const shown = Object.entries(values).map(([name, value]) => `'${value}' for ${name}`);
  return `with ${shown.join(' and ')}, ${issue.path.map(String).join('.')} is wrong: ${issue.message}`;
}

/** A text that is nothing but a variable becomes its value. */
export function replaced(text: string, values: Readonly<Record<string, Value>>): Value {
  const whole = /^\$\{([\w-]+)\}$/.exec(text);
  if (whole !== null && Object.hasOwn(values, whole[1])) return values[whole[1]];
  return Object.entries(values).reduce((done, [name, value]) => done.replaceAll(`\${${name}}`, String(value)), text);
}

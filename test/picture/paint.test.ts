// The painters on pictures whose names are hostile, wide or long: what a page, a terminal and Mermaid are given is text and stays text.
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { displayWidth } from '../../src/bytes/text.js';
import type { LadderPicture, LadderRow, MapPicture, Picture, TimelinePicture } from '../../src/picture/model.js';
import { paintMermaid } from '../../src/picture/paint/mermaid.js';
import { paintSvg } from '../../src/picture/paint/svg.js';
import { paintText } from '../../src/picture/paint/text.js';
import { oddities } from './mermaid.js';

const HOSTILE = [
  '</title><script>alert(1)</script>',
  `"><img src=x onerror='alert(1)'>`,
  '\x1b[2J\x1b]0;owned\x07',
  'a\u202eb\u0000c\ufffe',
  '```\n%%{init}%%\nend\nclick n0 "javascript:alert(1)"',
  ']]>&amp;<!--',
  '한국어-파드 웹서버 이름이 아주 길다 '.repeat(8),
  '🙂🙂 \u0301\u0301',
];

const when = { timeNs: 1e9, time: '2026-11-21T04:16:42.682102000Z', frame: { point: 'p', frame: 1 } } as const;

function ladder(name: string): LadderPicture {
  const arrow = (from: number, to: number, tunnel: number): LadderRow => ({
    kind: 'arrow',
    from,
    to,
    isLost: tunnel < 0,
    tone: 'wrong',
    label: name,
    detail: name,
    ...when,
    tunnel,
    begins: true,
  });
  return {
    kind: 'ladder',
    title: name,
    description: name,
    places: [0, 1, 2].map((i) => ({ kind: i === 1 ? 'unseen' : 'end', label: name, detail: name })),
    tunnels: [{ label: name, detail: name }],
    rows: [
      arrow(0, 1, 0),
      arrow(1, 1, -1),
      arrow(2, 0, -1),
      { kind: 'note', at: 2, text: name, tone: 'wrong', ...when },
      { kind: 'silence', text: name, durationNs: 1, tone: 'wrong' },
    ],
    left: [name],
  };
}

const map = (name: string): MapPicture => ({
  kind: 'map',
  title: name,
  description: name,
  nodes: [0, 1, 2].map((i) => ({ kind: i === 0 ? 'captured' : 'host', label: name, detail: name })),
  edges: (['plain', 'wrong', 'expected'] as const).map((tone, i) => ({
    node: 0,
    far: 1 + (i % 2),
    interface: name,
    in: 3,
    out: i,
    tone,
    note: name,
    tunnel: name,
  })),
  repair: { node: name, commands: [name] },
  left: [name],
});

const timeline = (name: string): TimelinePicture => ({
  kind: 'timeline',
  title: name,
  description: name,
  fromNs: 0,
  toNs: 9e9,
  from: when.time,
  to: when.time,
  bands: [{ outcome: 'lost', fromNs: 0, toNs: 5e9, from: when.time, to: when.time, count: 3 }],
  marks: [{ timeNs: 1e9, time: when.time, text: name, tone: 'plain', witness: name, frame: null }],
  left: [name],
});

const PICTURES: readonly (readonly [string, (name: string) => Picture])[] = [
  ['ladder', ladder],
  ['map', map],
  ['timeline', timeline],
];

describe.each(PICTURES)('a %s of hostile names', (_, make) => {
  it('is well-formed SVG without script, handler, style or link', async () => {
    const all = HOSTILE.map((name, i) => paintSvg(make(name), { id: `p${i}"<` }));
    for (const svg of all) {
      // Between tags all is text.
      const tags = (svg.match(/<[^>]*>/g) ?? []).join('\n');
      expect(tags).not.toMatch(/<script|<img|<a |<foreignObject|\sstyle=|\son\w+=|href/i);
      expect(svg).not.toMatch(/[\0-\x08\x0b-\x1f\ufffe\uffff\u202e]/);
      expect(svg).toMatch(/role="img" aria-labelledby="(\S+)-t \S+-d">\n<title id="\1-t">[^<]*<\/title><desc id="\1-d">/);
    }
    const { valid, errors } = await validateXML({
      xml: all.map((contents, i) => ({ fileName: `${i}.svg`, contents })),
      schema: SCHEMA,
    });
    expect(errors).toEqual([]);
    expect(valid).toBe(true);
  });

  it.each([40, 80, 200])('fits into %i columns or says that it does not', (width) => {
    let painted = 0;
    for (const name of [...HOSTILE, 'pod']) {
      const lines = paintText(make(name), { width });
      if (lines === null) continue;
      painted++;
      for (const line of lines) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]/);
      }
    }
    if (width === 200) expect(painted).toBe(HOSTILE.length + 1);
  });

  it('keeps its words in Mermaid', () => {
    for (const name of HOSTILE) {
      const lines = paintMermaid(make(name));
      expect(oddities(lines)).toEqual([]);
      for (const line of lines) expect(line).not.toMatch(/[\n`]|%%|script>|javascript:/);
    }
  });
});

/** Any element of SVG: what is looked at is whether it is XML at all. */
const SCHEMA = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/svg">
  <xs:element name="svg"><xs:complexType><xs:sequence>
    <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>
  </xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
</xs:schema>`;

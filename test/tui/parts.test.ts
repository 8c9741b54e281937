// The parts below the views: input, rows, columns, text fields, settings.
import { EventEmitter } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { wiresharkColumns } from '../../src/tui/columns/wireshark.js';
import { bytesPerRow, bytesWidth } from '../../src/tui/packets/bytes-pane.js';
import { ARROW, journeyLine } from '../../src/tui/packets/journey-line.js';
import { InputSplitter, keyName, type Mouse } from '../../src/tui/screen/input.js';
import { box, cell, ends, fit, PLAIN, ruled, span, widthOf } from '../../src/tui/screen/paint.js';
import { colorDepth, over, partsOf, THEMES, theme } from '../../src/tui/screen/theme.js';
import { configFolder, DEFAULTS, readSettings, SettingsStore } from '../../src/tui/settings.js';
import { pathIn } from '../../src/tui/tables/views.js';
import { placeColumns } from '../../src/tui/widgets/columns.js';
import { Cursor } from '../../src/tui/widgets/cursor.js';
import { LineInput } from '../../src/tui/widgets/line-input.js';
import { wrapRow } from '../../src/tui/widgets/pager.js';

function splitter() {
  const source = Object.assign(new EventEmitter(), { setRawMode: vi.fn(), resume: vi.fn(), pause: vi.fn() });
  const heard: (string | Mouse | { paste: string })[] = [];
  const input = new InputSplitter(source as unknown as NodeJS.ReadStream, {
    key: (key) => heard.push(key),
    mouse: (mouse) => heard.push(mouse),
    paste: (paste) => heard.push({ paste }),
  });
  input.on('data', (text: string) => heard.push(text));
  return { heard, send: (text: string | Buffer) => source.emit('data', Buffer.from(text)) };
}

describe('input', () => {
  it('takes several mouse reports of one read apart, with the keys between them', () => {
    const { heard, send } = splitter();
    send('j\x1b[<64;3;4M\x1b[<65;3;4Mk\x1b[<0;10;20M\x1b[<0;10;20m\x1b[<32;11;20M');
    expect(heard).toEqual([
      'j',
      { action: 'wheel-up', button: 'middle', x: 2, y: 3 },
      { action: 'wheel-down', button: 'middle', x: 2, y: 3 },
      'k',
      { action: 'press', button: 'left', x: 9, y: 19 },
      { action: 'release', button: 'left', x: 9, y: 19 },
      { action: 'drag', button: 'left', x: 10, y: 19 },
    ]);
  });

  it('puts sequences together that come in pieces, and knows Escape alone', async () => {
    const { heard, send } = splitter();
    send('\x1b[<0;1');
    send('0;5M');
    expect(heard).toEqual([{ action: 'press', button: 'left', x: 9, y: 4 }]);
    send(Buffer.from('한').subarray(0, 1));
    send(Buffer.from('한').subarray(1));
    expect(heard[1]).toBe('한');
    send('\x1b');
    expect(heard).toHaveLength(2);
    await new Promise((done) => setTimeout(done, 60));
    expect(heard[2]).toBe('\x1b');
  });

  it('takes pasted text as text, bounded', () => {
    const { heard, send } = splitter();
    send('\x1b[200~q\x1b[Aip.src');
    send(' == 1\x1b[201~j');
    expect(heard).toEqual([{ paste: 'q\x1b[Aip.src == 1' }, 'j']);
    heard.length = 0;
    send('\x1b[200~');
    for (let i = 0; i < 100; i++) send('x'.repeat(10_000));
    send('\x1b[201~');
    expect((heard[0] as { paste: string }).paste.length).toBeLessThanOrEqual(65_536);
  });

  it('loses nothing and throws on nothing, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('\x1b', '\x1b[', '\x1b[<', '\x1b[<1;2;3M', '\x1b[200~', '\x1b[201~'))),
        (pieces) => {
          const { heard, send } = splitter();
          for (const piece of pieces) send(piece);
          expect(heard.every((one) => one !== '')).toBe(true);
        },
      ),
    );
  });

  it('names keys', () => {
    expect(keyName('\r', { name: 'return', sequence: '\r' })).toBe('enter');
    expect(keyName('\n', { name: 'enter', sequence: '\n' })).toBe('enter');
    expect(keyName(undefined, { name: 'undefined', sequence: '\x1b[99~' })).toBeNull();
    expect(keyName('G', { name: 'g', shift: true })).toBe('G');
    expect(keyName('\x06', { name: 'f', ctrl: true })).toBe('ctrl-f');
    expect(keyName(undefined, { name: 'tab', shift: true })).toBe('shift-tab');
    expect(keyName('?', {})).toBe('?');
    expect(keyName('\x1c', {})).toBe('ctrl-\\');
    expect(keyName(undefined, { name: '6', meta: true })).toBe('alt-6');
  });
});

describe('rows', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('한국어', '日本', '😀', '\x1b[31m', 'e\u0301'),
  );
  const anyRow = fc.array(anyText.map((text) => span(text, PLAIN)));

  it('have exactly the width that was asked for', () => {
    fc.assert(
      fc.property(anyRow, anyRow, fc.integer({ min: 1, max: 100 }), (left, right, width) => {
        expect(widthOf(fit(left, width, PLAIN))).toBe(width);
        expect(widthOf(ends(left, right, width, PLAIN))).toBe(width);
        expect(widthOf(ruled(left, width, PLAIN, right))).toBe(width);
        for (const row of box([left], width + 5, 'title', PLAIN, PLAIN)) expect(widthOf(row)).toBe(width + 7);
      }),
    );
  });
  it('hold nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 60 }), (text, width) => {
        const { text: shown } = cell(text, width, PLAIN);
        expect(shown).not.toMatch(/[\0-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]/);
        expect(displayWidth(shown)).toBe(width);
      }),
    );
  });
});

describe('columns', () => {
  const specs = fc.array(
    fc.record({ weight: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 50 }), isElastic: fc.constant(false) }),
    { minLength: 1, maxLength: 12 },
  );
  it('fit, and are whole as long as there are less important ones to drop', () => {
    fc.assert(
      fc.property(specs, fc.integer({ min: 20, max: 250 }), (columns, total) => {
        const placed = placeColumns(columns, total);
        const used = placed.reduce((sum, { width }) => sum + width + 1, -1);
        const isKept = (index: number) => columns[index]!.weight === 9;
        const least = columns.filter(({ weight }) => weight === 9).reduce((sum, { width }) => sum + width + 1, -1);
        if (least <= total && placed.length > 1) {
          expect(used).toBeLessThanOrEqual(total);
          for (const { index, width } of placed) expect(width).toBeGreaterThanOrEqual(columns[index]!.width);
        }
        columns.forEach((_, index) => {
          if (isKept(index)) expect(placed.some((one) => one.index === index)).toBe(true);
        });
        expect(placed.map(({ index }) => index)).toEqual(placed.map(({ index }) => index).sort((a, b) => a - b));
      }),
    );
  });
  it('give what is left to the elastic one', () => {
    const columns = [
      { weight: 9, width: 10, isElastic: false },
      { weight: 7, width: 200, isElastic: true },
    ];
    expect(placeColumns(columns, 80)).toEqual([
      { index: 0, width: 10 },
      { index: 1, width: 69 },
    ]);
  });
  it('bytes are shown in rows that fit', () => {
    for (let width = 20; width < 250; width++)
      expect(bytesWidth(bytesPerRow(width))).toBeLessThanOrEqual(Math.max(width, bytesWidth(4)));
    expect([39, 71, 72, 138].map(bytesPerRow)).toEqual([8, 8, 16, 32]);
  });
});

describe('a cursor', () => {
  it('keeps the chosen row on the screen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('down', 'up', 'page-down', 'page-up', 'top', 'bottom'), { maxLength: 40 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 1, max: 40 }),
        (actions, count, height) => {
          const cursor = new Cursor();
          for (const action of actions) {
            cursor.settle(count, height);
            cursor.act(action as 'down', null);
            cursor.settle(count, height);
            expect(cursor.at).toBeGreaterThanOrEqual(0);
            expect(cursor.at).toBeLessThan(Math.max(1, count));
            expect(cursor.at).toBeGreaterThanOrEqual(cursor.top);
            expect(cursor.at).toBeLessThan(cursor.top + height);
          }
        },
      ),
    );
  });
});

describe('a line of text', () => {
  it('is edited as in a shell', () => {
    const input = new LineInput();
    const type = (...keys: string[]) => {
      for (const key of keys) input.type(key);
    };
    type('i', 'p', '.', 's', 'r', 'c', 'space', '한');
    expect(input.text).toBe('ip.src 한');
    expect(input.cursor).toBe(8);
    type('ctrl-a', 'x', 'ctrl-e', 'backspace', 'ctrl-w');
    expect(input.text).toBe('xip.');
    type('ctrl-u');
    expect(input.text).toBe('');
    input.insert('a\nb\x1b');
    expect(input.text).toBe('a b');
  });
  it('shows the cursor whatever its width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 3, max: 40 }), (text, width) => {
        const input = new LineInput();
        input.insert(text);
        input.settle(width);
        const { cursorX: x } = input;
        expect(widthOf(input.draw(width, PLAIN))).toBe(width);
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThan(width);
      }),
    );
  });
});

describe('settings', () => {
  const within = (work: (folder: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-settings-'));
    try {
      work(folder);
    } finally {
      chmodSync(folder, 0o700);
      rmSync(folder, { recursive: true });
    }
  };
  it('live in the XDG folder', () => {
    expect(configFolder({ XDG_CONFIG_HOME: '/x' })).toBe('/x/hopscope');
    expect(configFolder({ XDG_CONFIG_HOME: 'relative' })).toMatch(/\.config\/hopscope$/);
  });
  it('are kept, whole', () =>
    within((folder) => {
      const store = new SettingsStore(join(folder, 'new'));
      expect(store.change({ theme: 'light' })).toBeNull();
      store.remember('tcp');
      store.remember('udp');
      store.remember('tcp');
      const again = new SettingsStore(join(folder, 'new'));
      expect(again.all).toMatchObject({ theme: 'light', recentFilters: ['tcp', 'udp'] });
      expect(readdirSync(join(folder, 'new'))).toEqual(['tui.json']);
    }));
  it.each([['not json'], ['[]'], ['{"layout": 7}'], ['{"columns": [{"title": 1}]}'], ['{"maps": {"x": 3}}']])(
    'that are damaged are reported and left alone: %s',
    (text) =>
      within((folder) => {
        const path = join(folder, 'tui.json');
        writeFileSync(path, text);
        const store = new SettingsStore(folder);
        expect(store.problem).toContain('tui.json');
        expect(store.all).toEqual(DEFAULTS);
        expect(store.change({ theme: 'light' })).toBeNull();
        expect(store.all.theme).toBe('light');
        expect(readFileSync(path, 'utf8')).toBe(text);
      }),
  );
  it('good ones are taken beside wrong ones', () => {
    const { settings, wrong } = readSettings('{"theme": "light", "layout": "x", "unknown": 1}');
    expect(settings).toMatchObject({ theme: 'light', layout: 3 });
    expect(wrong).toHaveLength(1);
  });
  it('that cannot be written are told', () =>
    within((folder) => {
      writeFileSync(join(folder, 'file'), '');
      const store = new SettingsStore(join(folder, 'file'));
      expect(store.change({ theme: 'light' })).toMatch(/could not be saved/);
      expect(existsSync(join(folder, 'file', 'tui.json'))).toBe(false);
    }));
});

describe('themes', () => {
  it('use no colour without colours, and only the first sixteen with sixteen', () => {
    const colors = (attr: number) => [attr & 0x1ff, (attr >> 9) & 0x1ff].filter((color) => color !== 0x1ff);
    for (const name of THEMES)
      for (const [depth, most] of [
        [0, -1],
        [16, 15],
        [256, 255],
      ] as const)
        for (const value of Object.entries(theme(name, depth)).flatMap(([key, one]) => (/^(ink|paper)$/.test(key) ? [] : [one])))
          for (const attr of typeof value === 'number'
            ? [value]
            : typeof value === 'object'
              ? (Object.values(value) as number[])
              : [])
            for (const color of colors(attr)) expect(color).toBeLessThanOrEqual(name === 'no-colour' ? -1 : most);
  });
  it('mark without colours what is chosen where the focus is not', () => {
    const t = theme('no-colour', 0);
    expect(partsOf(over(t.text, t.selectedAway)).flags).toBe(partsOf(t.selectedAway).flags);
    expect(partsOf(over(t.dim, t.bytesLayer)).flags).toBe(partsOf(t.bytesLayer).flags);
  });
  it('know the terminal by its environment', () => {
    expect(colorDepth({ TERM: 'xterm-256color' })).toBe(256);
    expect(colorDepth({ TERM: 'xterm' })).toBe(16);
    expect(colorDepth({ TERM: 'xterm', COLORTERM: 'truecolor' })).toBe(256);
    expect(colorDepth({ TERM: 'xterm-256color', NO_COLOR: '1' })).toBe(0);
    expect(colorDepth({ TERM: 'xterm-256color', NO_COLOR: '' })).toBe(256);
  });
});

describe('the line of a journey', () => {
  const journey = ['a: in eth1 ttl 64', 'a: out eth2 ttl 63', 'b: in eth1 ttl 63', 'b: out eth2 ttl 62'];
  const shown = (here: number, room: number) =>
    journeyLine(
      journey.map((hop, i) => ({ hop, isThis: i === here })),
      room,
    )
      .map(({ hop }) => hop)
      .join(ARROW);

  it('names a point where it changes', () => {
    expect(shown(0, 100)).toBe('a: in eth1 ttl 64 → out eth2 ttl 63 → b: in eth1 ttl 63 → out eth2 ttl 62');
  });

  it('keeps the hop at hand and the end of the journey, and says where hops are left out', () => {
    expect(shown(0, 70)).toBe('a: in eth1 ttl 64 → out eth2 ttl 63 → … → b: out eth2 ttl 62');
    expect(shown(0, 50)).toBe('a: in eth1 ttl 64 → … → b: out eth2 ttl 62');
    expect(shown(3, 42)).toBe('… → b: in eth1 ttl 63 → out eth2 ttl 62');
    expect(shown(1, 30)).toBe('… → a: out eth2 ttl 63 → …');
  });

  it('keeps the hop where the packet goes wrong instead of the last one', () => {
    const hops = journey.map((hop, i) => ({ hop, isThis: i === 0, isWrong: i === 1 }));
    expect(journeyLine(hops, 50).map(({ hop }) => hop)).toEqual(['a: in eth1 ttl 64', 'out eth2 ttl 63', '…']);
  });

  it('makes the names of points shorter in their middle before it leaves out a hop', () => {
    const hops = ['kubernetes-worker-1', 'kubernetes-worker-2'].map((at, i) => ({
      hop: `${at}: in eth0 ttl ${i}`,
      isThis: i === 0,
    }));
    expect(journeyLine(hops, 60).map(({ hop }) => hop)).toEqual(['kubern…ker-1: in eth0 ttl 0', 'kubern…ker-2: in eth0 ttl 1']);
  });

  it('has one hop at hand, whatever the room', () => {
    for (let here = 0; here < 4; here++)
      for (let room = 1; room < 90; room++) {
        const line = journeyLine(
          journey.map((hop, i) => ({ hop, isThis: i === here })),
          room,
        );
        expect(line.filter(({ isThis }) => isThis)).toHaveLength(1);
      }
  });
});

describe('a page of text', () => {
  it('breaks blanks only where they do not fit', () => {
    const line = [span('  1'.padEnd(28), PLAIN), span('Packets', PLAIN)];
    expect(wrapRow(line, 50, 30)).toHaveLength(1);
    expect(wrapRow(line, 30, 4).map((row) => row.map(({ text }) => text).join(''))).toEqual(['  1'.padEnd(28), '    Packets']);
  });
});

describe('a path in a table', () => {
  it('keeps its first and its last hops', () => {
    const path = 'in eth1 > out eth0 > in eth5 > out eth6';
    expect(pathIn(path, 39)).toBe(path);
    expect(pathIn(path, 38)).toBe('in eth1 > … > in eth5 > out eth6');
    expect(pathIn(path, 24)).toBe('in eth1 > … > out eth6');
    expect(pathIn(path, 14)).toBe('… > out eth6');
    for (let width = 1; width < 12; width++) expect(displayWidth(pathIn(path, width))).toBeLessThanOrEqual(width);
    expect(pathIn('in if4 (vxlan) > out if3 (vxlan)', 20)).toBe('in if4 > out if3');
  });
});

describe("Wireshark's columns", () => {
  const known = (field: string): boolean => ['tcp.port', 'udp.srcport', 'vxlan.vni', 'ip.src'].includes(field);
  const preferences = `# Configuration file for Wireshark 4.0.17.
gui.column.hidden: %L,%Cus:vxlan.vni:0:R
# Packet list column format
gui.column.format:\u0020
\t"No.", "%m",
\t"Time", "%t",
\t"Say \\"who\\"", "%s",
\t"Length", "%L",
\t"Port", "%Cus:dccp.srcport or udp.srcport:0:R",
\t"Inner", "%Cus:ip.src:2:U",
\t"VNI", "%Cus:vxlan.vni:0:R",
\t"Signal", "%e",
\t"Mine", "%Cus:nobody.knows:0:R"
gui.layout: 1
`;
  it('are those of the list, fields and occurrences too', () => {
    expect(wiresharkColumns(preferences, known)).toEqual({
      columns: [
        { title: 'No.', field: 'no', align: 'right' },
        { title: 'Time', field: 'time', align: 'right' },
        { title: 'Say "who"', field: 'source', align: 'left' },
        { title: 'Length', field: 'length', align: 'right', isHidden: true },
        { title: 'Port', field: 'udp.srcport', align: 'left' },
        { title: 'Inner', field: 'ip.src#2', align: 'left' },
        { title: 'VNI', field: 'vxlan.vni', align: 'left', isHidden: true },
      ],
      left: ['Signal', 'Mine'],
    });
  });
  it('are not there where the file does not speak of them', () => {
    expect(wiresharkColumns('gui.layout: 1\n', known)).toBeNull();
    expect(wiresharkColumns('', known)).toBeNull();
  });
});

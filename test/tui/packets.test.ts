// The packet view as it is seen and typed on, at the sizes people have.
import { afterEach, describe, expect, it } from 'vitest';
import { times } from '../thorough.js';
import { atFirst, Pty } from './pty.js';

const CAPTURE = 'captures/native-missing-route.pcap';
/** One of them where not all are tried: the views have another one then, and most other tests of the screen the third. */
const SIZES = [
  [200, 50],
  [80, 24],
  [120, 40],
].slice(0, times(1, 3)) as [cols: number, rows: number][];
const DOWN = '\x1b[B';
const ESC = '\x1b';
/** A row of the packet list: signs, number. */
const ROW = /^[! ][a-zA-Z »] {0,3}(\d+) .*(?:in|out) /;

/** The backgrounds of the terminal, and of the dark and the light theme. */
const PAPER = [-1, 234, 231];

let pty: Pty;
afterEach(() => pty?.close());

const open = async (cols: number, rows: number, args: readonly string[] = [CAPTURE], config?: string) => {
  pty = Pty.show(args.includes('--go') ? ['tui', ...args] : atFirst(args), {
    cols,
    rows,
    ...(config === undefined ? {} : { config }),
  });
  await pty.until(/[1-9] faults?/);
  await pty.still();
};

/** Number of the chosen packet: the row of the list with another background. */
function chosen(): number {
  const y = pty.lines().findIndex((line, i) => ROW.test(line) && !PAPER.includes(pty.style(40, i).bg));
  return Number(ROW.exec(pty.lines()[y] ?? '')?.[1] ?? 0);
}

describe.each(SIZES)('packets at %ix%i', (cols, rows) => {
  it('shows all panes, and addresses whole', async () => {
    await open(cols, rows);
    const title = pty.lines()[0]!;
    expect(title).toContain('native-missing-route.pcap');
    expect(title).toContain('61 packets');
    expect(title).toContain('1 fault');
    expect(pty.line('Destination')).toMatch(/No\. .*Hop +Source +Destination +Proto/);
    const packet = pty.line(/^! +3 /);
    expect(packet).toMatch(/in if3 +172\.20\.0\.96 +172\.20\.2\.1 +ICMP/);
    expect(pty.line('▸ Linux cooked')).toContain('│');
    expect(pty.text()).toMatch(/0000 {2}08 06 00 00/);
    // Cause and repair, wrapped and whole.
    expect(pty.text().replace(/\s+/g, ' ')).toMatch(
      /! Packets to 172\.20\.2\.0\/24 leave native-missing-route by if2 instead of if4 \(egress-wrong-interface ×11\) do /,
    );
    expect(pty.lines().at(-1)).toContain('/ filter');
    expect(pty.clears).toBe(1);
  });

  it('moves: keys, pages, counts, marks, the wheel', async () => {
    await open(cols, rows);
    expect(chosen()).toBe(1);
    await pty.press(`jj${DOWN}`);
    expect(chosen()).toBe(4);
    await pty.press('k');
    expect(chosen()).toBe(3);
    await pty.press('ma');
    await pty.press('G');
    expect(chosen()).toBe(61);
    await pty.press('12G');
    expect(chosen()).toBe(12);
    await pty.press('5gg');
    expect(chosen()).toBe(5);
    await pty.press("'a");
    expect(chosen()).toBe(3);
    expect(pty.line(/^!a +3 /)).toContain('172.20.0.96');
    await pty.press("''");
    expect(chosen()).toBe(5);
    await pty.press('gg');
    expect(chosen()).toBe(1);
    await pty.press('\x1b[6~');
    expect(chosen()).toBeGreaterThan(4);
    // Two events of the wheel in one read are two steps.
    await pty.press('gg');
    await pty.press(`${ESC}[<65;20;6M${ESC}[<65;20;6M`);
    expect(chosen()).toBe(7);
    expect(pty.clears).toBe(1);
  });

  it('links structure and bytes, and keeps branches open', async () => {
    await open(cols, rows);
    // Of no finding: the tree is where it is.
    await pty.press('11G');
    await pty.press('\t');
    await pty.press('jj\r');
    expect(pty.text()).toMatch(/▾ Internet Protocol Version 4/);
    await pty.press('j');
    await pty.press('j');
    expect(pty.line(/Header length: 20/)).toContain('[=]');
    // Next packet of the same kind: still open.
    await pty.press(`${ESC}`);
    await pty.press('14G');
    expect(pty.text()).toMatch(/▾ Internet Protocol Version 4/);
    // From a byte to its field: byte 0x1c is the time to live.
    await pty.press('\t\t');
    await pty.press('gg');
    await pty.press('28l');
    expect(pty.text()).toMatch(/Time to live: 63/);
    await pty.press('\r');
    expect(pty.line(/Time to live: 63/)).toContain('[=]');
  });

  it('has a menu for a field: column, filter', async () => {
    await open(cols, rows);
    // Of no finding: the tree is where it is.
    await pty.press('11G');
    await pty.press('\t');
    await pty.press('jj\r=');
    await pty.press(ESC);
    await pty.press('jj=');
    expect(pty.text()).toContain('Apply filter: ip.hdr_len == 20');
    await pty.press('a');
    await pty.until(/= 40 of 61|= \d+ of 61/);
    expect(pty.lines().find((line) => line.includes('Filter:'))).toContain('ip.hdr_len == 20');
  });

  it('zooms, splits, changes the layout', async () => {
    await open(cols, rows);
    const listRows = () => pty.lines().filter((line) => ROW.test(line)).length;
    const before = listRows();
    await pty.press('+');
    expect(listRows()).toBeGreaterThan(before);
    await pty.press('--');
    expect(listRows()).toBeLessThan(before);
    await pty.press('\x17=');
    expect(listRows()).toBe(before);
    await pty.press('\\');
    expect(listRows()).toBeGreaterThan(rows - 6);
    expect(pty.text()).not.toContain('0000  ');
    await pty.press(ESC);
    expect(listRows()).toBe(before);
    await pty.press('|');
    expect(pty.text()).toMatch(/── 48 bytes/);
    await pty.press('|');
    // The bytes stand beside the list.
    expect(pty.line(/08:00:27:d5:e8:d7/)).toContain('│');
    await pty.press('|');
    expect(listRows()).toBe(before);
    expect(pty.clears).toBe(1);
  });

  it('filters: completion, faults with their place, counts', async () => {
    await open(cols, rows);
    await pty.press('/');
    await pty.press('ip.sr');
    expect(pty.text()).toContain('not valid');
    expect(pty.text()).toContain('^');
    expect(pty.text()).toMatch(/ip\.src .*Source/);
    await pty.press('\t');
    // Values of this capture, the most frequent first; what is typed narrows them, and Tab takes the first.
    await pty.press(' == ');
    await pty.until(/172\.20\.0\.96 +22 packets/);
    expect(pty.text()).toMatch(/ 22 packets[\s\S]* 192\.168\.10\.100 +17 packets/);
    await pty.press('192.168.2');
    expect(pty.text()).not.toContain('22 packets');
    await pty.press(`${'\x7f'.repeat(9)}\t\r`);
    await pty.until(/= \d+ of 61/);
    expect(pty.line('Filter:')).toContain('ip.src == 172.20.0.96');
    const count = Number(/= (\d+) of 61/.exec(pty.text())![1]);
    expect(count).toBeGreaterThan(10);
    expect(pty.text()).not.toMatch(/^! +1 +0\.0/m);
    // Up brings the last filter back.
    await pty.press('x');
    await pty.until('all packets');
    await pty.press(`/${ESC}[A`);
    expect(pty.line('Filter:')).toContain('ip.src == 172.20.0.96');
    await pty.press('\r');
    await pty.until(`= ${count} of 61`);
  });

  it('searches, and goes on with n and N', async () => {
    await open(cols, rows);
    await pty.press('\x06');
    expect(pty.text()).toContain('Search:');
    await pty.press('192.168.20.100\r');
    await pty.until(/in packet \d+/);
    const first = chosen();
    expect(first).toBeGreaterThan(1);
    // All hits are counted, and those in sight marked; what has none is not.
    await pty.until('+ 1 of 30 ');
    const listed = pty.lines().filter((line) => /^..+\b(in|out) +if\d/.test(line) && !line.startsWith('──'));
    expect(listed.filter((line) => line[1] === '»').length).toBeGreaterThan(0);
    for (const line of listed) if (line.includes('192.168.20.100')) expect(line[1]).toBe('»');
    for (const line of listed) if (line[1] === '»') expect(line).toContain('192.168.2');
    await pty.press('n');
    await pty.until(() => chosen() > first);
    expect(pty.line('Search:')).toContain('+ 2 of 30 ');
    await pty.press('N');
    await pty.until(() => chosen() === first);
    await pty.press('\x06');
    await pty.press('\x06');
    expect(pty.text()).not.toContain('Search:');
  });

  it('walks through the evidence of findings', async () => {
    await open(cols, rows);
    await pty.press('n');
    await pty.until(() => chosen() === 3);
    expect(pty.lines().at(-1)).toContain('egress-wrong-interface: evidence 1 of');
    await pty.press('n');
    await pty.until(() => chosen() === 6);
    await pty.press('N');
    await pty.until(() => chosen() === 3);
    // The other view, the rule's page, and back.
    await pty.press('\x1b6');
    // Below the map there is room for the first lines only.
    if (rows < 30) await pty.press(' ');
    expect(pty.text()).toMatch(/so +! return-missing/);
    await pty.press('r');
    expect(pty.text()).toContain('What it says');
    await pty.press(ESC);
    await pty.press('\r');
    expect(chosen()).toBe(3);
  });

  it('answers every key with less than 10 kB and no clearing', async () => {
    await open(cols, rows);
    for (const key of [
      DOWN,
      'j',
      '\x1b[6~',
      'G',
      'gg',
      '\t',
      '\t',
      '\t',
      '\t',
      ESC,
      'n',
      '|',
      '|',
      '|',
      '\\',
      '\\',
      '?',
      ESC,
      'T',
      'T',
      'T',
      'T',
    ]) {
      const before = pty.bytes;
      await pty.press(key);
      // Another theme paints every cell anew, and a pane that takes the screen most of them.
      expect(pty.bytes - before, `key ${JSON.stringify(key)}`).toBeLessThan(
        key === 'T' ? 40_000 : key === '\\' ? 12_000 : 10_000,
      );
    }
    expect(pty.clears).toBe(1);
  });
});

describe('a screen with little room', () => {
  it('keeps kind and VNI of a tunnel, without its addresses', async () => {
    await open(100, 30, ['captures/vxlan-mtu-exceeded.pcap']);
    expect(pty.line('Destination')).toMatch(/Hop +Source +Destination +Tunnel +Proto/);
    expect(pty.line(/^~ +3 /)).toMatch(/172\.20\.2\.1 +vxlan 100 +TCP/);
  });

  it('leaves facts out of the title whole, and says all that is wrong with a filter', async () => {
    await open(80, 24);
    expect(pty.lines()[0]).toMatch(/native-missing-route\.pcap {2}61 packets {2}(SLL2 +)?! 1 fault/);
    await pty.press('/ip.src == 1.2.3');
    expect(pty.text()).toMatch(/write all four numbers[^│]*ip\.src is an IPv4 address\s*\n/);
  });

  it('says all that is wrong in a dialog', async () => {
    await open(80, 24);
    await pty.press('d');
    await pty.press('a');
    await pty.press('\x15udp.port==99999999,vxlan-of-a-name-that-is-rather-long\r');
    expect(pty.text()).toContain('"udp.port==99999999,vxlan-of-a-name-that-is-rather-long":');
    expect(pty.text()).toContain('is no range of numbers up to 65535');
  });
});

describe('the application', () => {
  it('tells a packet that is hidden from one that is not there', async () => {
    await open(100, 40);
    await pty.press(':4711\r');
    expect(pty.lines().at(-1)).toContain('there is no packet 4711; the last is 61');
    await pty.press('/arp\r');
    await pty.press(':3\r');
    expect(pty.lines().at(-1)).toContain('packet 3 is not shown: the filter hides it');
  });

  it("shows a rule's page in paragraphs of its own width", async () => {
    await open(120, 40, ['captures/vxlan-mtu-exceeded.pcap']);
    await pty.press('\x1b6');
    await pty.press('r');
    await pty.until('What it says');
    expect(pty.text()).toMatch(/the size of the packets, what the link takes/);
  });

  it('names the keys of all views', async () => {
    await open(100, 40);
    await pty.press('?');
    expect(pty.text()).toMatch(/│ {3}i +Capture properties/);
    expect(pty.text()).toMatch(/│ {3}s +Follow stream/);
  });

  it('keeps looks under names', async () => {
    await open(120, 40);
    await pty.press(':set layout 2\r');
    await pty.press(':profile create wide\r');
    expect(pty.lines().at(-1)).toContain('profile wide keeps this look');
    await pty.press(':set layout 3\r');
    const three = pty.lines()[20];
    await pty.press(':profile use wide\r');
    expect(pty.lines()[20]).not.toBe(three);
    await pty.press(':profile use wade\r');
    expect(pty.lines().at(-1)).toContain("no profile 'wade'; did you mean 'wide'?");
    await pty.press(':profile delete wide\r');
    await pty.press(':profile\r');
    expect(pty.lines().at(-1)).toContain('no profile yet');
  });

  it('has help, a menu and a command line with completion', async () => {
    await open(120, 40);
    await pty.press('?');
    expect(pty.text()).toContain('edit the display filter; Enter applies it');
    await pty.press('G');
    expect(pty.text()).toContain('branch: closed, open');
    await pty.press('q');
    await pty.press('M');
    expect(pty.text()).toContain('[Views]  Analysis  Misc');
    await pty.press('\x1b[C');
    expect(pty.text()).toContain('capture file properties');
    await pty.press(ESC);
    await pty.press(':the\t');
    expect(pty.lines().at(-1)).toBe(':theme');
    await pty.press('li\t\r');
    expect(pty.text()).toContain('theme is light');
    await pty.press(':nonsense\r');
    expect(pty.text()).toContain("no command ':nonsense'");
    await pty.press(':12\r');
    expect(chosen()).toBe(12);
    await pty.press(':map <f5> G\r');
    await pty.press('\x1b[15~');
    expect(chosen()).toBe(61);
    await pty.press(':unmap <f5>\r');
    await pty.press('gg\x1b[15~');
    expect(chosen()).toBe(1);
  });

  it('waits a moment for what follows a digit', async () => {
    await open(120, 40);
    await pty.press('6');
    await pty.until(/so +! return-missing/);
    await pty.press('1');
    await pty.until(/No\. .*Source/);
    await pty.press('6gg');
    expect(chosen()).toBe(6);
  });

  it('copies by OSC 52, more and less of it', async () => {
    await open(120, 40);
    await pty.press('3Gc');
    expect(pty.text()).toContain('Copy 1 of');
    await pty.press('\x1b[D\r');
    const coded = /\x1b\]52;c;([A-Za-z0-9+/=]+)\x07/.exec(pty.raw)![1]!;
    expect(Buffer.from(coded, 'base64').toString()).toBe('172.20.2.1');
  });

  it('edits columns, and remembers them', async () => {
    await open(120, 40);
    await pty.press(':columns\r');
    expect(pty.text()).toContain('[x] Time');
    await pty.press('j ');
    expect(pty.text()).toContain('[ ] Time');
    await pty.press('aip.ttl\r');
    await pty.press(ESC);
    expect(pty.line('Source')).toMatch(/No\. +ip\.ttl +Hop/);
    expect(pty.line('Source')).not.toContain('Time');
  });

  it("takes Wireshark's columns", async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
    const folder = mkdtempSync('/tmp/hopscope-columns-');
    try {
      const format = 'gui.column.format: \n\t"Nr", "%m",\n\t"Lives", "%Cus:ip.ttl:0:R",\n\t"Signal", "%e"\n';
      writeFileSync(`${folder}/preferences`, format);
      await open(120, 40);
      await pty.press(':columns\r');
      await pty.press('i');
      await pty.press(`\x15${folder}/preferences\r`);
      expect(pty.text()).toContain('left out: Signal');
      await pty.press(ESC);
      expect(pty.line('Lives')).toMatch(/Nr +Lives/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('makes any dialog as large as the screen, and small again', async () => {
    await open(120, 40);
    await pty.press(':columns\r');
    const small = pty.line('Columns').trim().length;
    await pty.press('z');
    expect(pty.line('Columns').trim().length).toBe(120);
    await pty.press('z');
    expect(pty.line('Columns').trim().length).toBe(small);
  });

  it('saves what is shown', async () => {
    await open(120, 40);
    const { mkdtempSync, readFileSync, rmSync } = await import('node:fs');
    const folder = mkdtempSync('/tmp/hopscope-save-');
    try {
      await pty.press('/icmp\r');
      await pty.until(/= \d+ of 61/);
      await pty.press('w');
      await pty.press(`${folder}/out.pcapng\r`);
      await pty.until('packets written to');
      expect(readFileSync(`${folder}/out.pcapng`).readUInt32LE(0)).toBe(0x0a0d0d0a);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says in one line when it is too small, and comes back', async () => {
    await open(80, 24);
    pty.resize(59, 14);
    await pty.until('hopscope needs 60x15, this is 59x14');
    expect(pty.lines().filter((line) => line !== '')).toHaveLength(1);
    pty.resize(120, 40);
    await pty.until(/No\. .*Source/);
    pty.resize(60, 15);
    await pty.still();
    expect(pty.text()).toMatch(/172\.20\.0\.96 +172\.20\.2\.1/);
    expect(pty.lines().at(-1)).toContain('filter');
  });

  it('takes the mouse: rows, header, tree, bytes', async () => {
    await open(120, 40);
    const y = pty.lines().findIndex((line) => /^ +14 /.test(line)) + 1;
    await pty.press(`${ESC}[<0;30;${y}M${ESC}[<0;30;${y}m`);
    expect(chosen()).toBe(14);
    const tree = pty.lines().findIndex((line) => line.startsWith('▸ Internet')) + 1;
    await pty.press(`${ESC}[<0;1;${tree}M`);
    expect(pty.text()).toContain('▾ Internet Protocol Version 4');
    const header = pty.lines().findIndex((line) => line.includes('Destination')) + 1;
    const x = pty.lines()[header - 1]!.indexOf('Len') + 2;
    await pty.press(`${ESC}[<0;${x};${header}M`);
    await pty.until(/Len▲/);
  });

  it('pulls the lines between the panes with the mouse', async () => {
    await open(120, 40);
    const row = () => pty.lines().findIndex((line) => line.startsWith('── in ')) + 1;
    const from = row();
    await pty.press(`${ESC}[<0;60;${from}M${ESC}[<32;60;${from + 5}M${ESC}[<0;60;${from + 5}m`);
    expect(row()).toBe(from + 5);
    const column = () => pty.lines()[row()]!.indexOf('│') + 1;
    const x = column();
    await pty.press(`${ESC}[<0;${x};${row() + 1}M${ESC}[<32;${x - 9};${row() + 1}M${ESC}[<0;${x - 9};${row() + 1}m`);
    expect(column()).toBe(x - 9);
    // Let go, the mouse holds nothing any more.
    await pty.press(`${ESC}[<32;60;8M`);
    expect([row(), column()]).toEqual([from + 5, x - 9]);
  });

  it('pastes a filter', async () => {
    await open(120, 40);
    await pty.press(`${ESC}[200~icmp && \nip.ttl == 62${ESC}[201~`);
    expect(pty.line('Filter:')).toContain('icmp &&  ip.ttl == 62');
    await pty.press('\r');
    await pty.until(/= \d+ of 61/);
  });
});

describe('marks with capitals', () => {
  it('lead to another file', async () => {
    const { mkdtempSync, rmSync } = await import('node:fs');
    const config = mkdtempSync('/tmp/hopscope-config-');
    try {
      await open(120, 40, [CAPTURE], config);
      await pty.press('9GmA');
      pty.send('ZZ');
      await pty.ended;
      await pty.close();
      pty = Pty.show(['tui', 'captures/dns-healthy.pcap'], { config });
      await pty.until(/DNS/);
      await pty.press("'A");
      await pty.until(/native-missing-route\.pcap/);
      await pty.until(() => chosen() === 9);
      expect(pty.line(/^[! ]A +9 /)).toContain('172.20.2.1');
    } finally {
      rmSync(config, { recursive: true, maxRetries: 5 });
    }
  });
});

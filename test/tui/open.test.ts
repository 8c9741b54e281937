// `hopscope tui` without a file: a list of what may be opened. What is remembered of captures, and who has no place to keep it.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { capturesAt } from '../../src/tui/files.js';
import { StateStore, stateFolder } from '../../src/tui/state.js';
import { Pty } from './pty.js';

const ROUTER = 'captures/native-missing-route.pcap';
const folder = mkdtempSync(join(tmpdir(), 'hopscope-open-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let pty: Pty | null = null;
afterEach(async () => {
  await pty?.close();
  pty = null;
});
const inside = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
};

it('lists captures by their bytes, and recent ones that are gone', () => {
  const here = inside('by-bytes');
  copyFileSync(ROUTER, join(here, 'trace'));
  writeFileSync(join(here, 'notes.pcap'), 'not a capture');
  writeFileSync(join(here, 'empty.pcap'), '');
  writeFileSync(join(here, 'logs.gz'), new Uint8Array([0x1f, 0x8b, 8, 0]));
  writeFileSync(join(here, 'b.pcap.gz'), new Uint8Array([0x1f, 0x8b, 8, 0]));
  mkdirSync(join(here, 'folder.pcap'));
  const list = capturesAt(here, [join(here, 'gone.pcap'), join(here, 'b.pcap.gz')]);
  expect(list.map(({ path, stats }) => [path.slice(here.length + 1), stats !== null])).toEqual([
    ['gone.pcap', false],
    ['b.pcap.gz', true],
    ['trace', true],
  ]);
  expect(capturesAt(join(here, 'nowhere'), [])).toEqual([]);
});

it('remembers a bounded number of captures, and how each is decoded; a damaged file is begun anew', () => {
  const state = inside('state');
  const [one, other] = [new StateStore(state), new StateStore(state)];
  one.opened(['-', '/a.pcap']);
  other.opened(['/b.pcap']);
  one.opened(['/a.pcap']);
  expect(new StateStore(state).recent).toEqual(['/a.pcap', '/b.pcap']);
  for (let i = 0; i < 60; i++) one.opened([`/${i}.pcap`]);
  expect(one.recent).toHaveLength(50);
  one.decode(['/a.pcap', '/b.pcap'], ['tcp.port==80,tls']);
  one.decode(['/b.pcap'], []);
  other.decode(['/__proto__'], ['udp.port==1,dns']);
  const again = new StateStore(state);
  expect(again.decodedAs(['/a.pcap', '-'])).toEqual(['tcp.port==80,tls']);
  expect(again.decodedAs(['/b.pcap', '/constructor'])).toEqual([]);
  for (let i = 0; i < 210; i++) one.decode([`/${i}.pcap`], ['tcp.port==80,tls']);
  expect(new StateStore(state).decodedAs(['/a.pcap'])).toEqual([]);
  expect(new StateStore(state).decodedAs(['/209.pcap'])).toHaveLength(1);
  writeFileSync(join(state, 'tui-state.json'), '{"recent": [1], "decodeAs": []');
  expect(new StateStore(state).recent).toEqual([]);
  writeFileSync(join(state, 'tui-state.json'), '{"recent": [1], "decodeAs": {"/x": [2], "/y": ["tcp.port==1,tls"]}}');
  expect(new StateStore(state).decodedAs(['/x', '/y'])).toEqual(['tcp.port==1,tls']);
  expect(stateFolder({ XDG_STATE_HOME: '/x' })).toBe('/x/hopscope');
  expect(stateFolder({ XDG_STATE_HOME: 'relative' })).toMatch(/\.local\/state\/hopscope$/);
});

it('opens what is chosen, decodes it as it was decoded last, and says so until that is dropped', async () => {
  const [cwd, config] = [inside('list'), inside('list-config')];
  copyFileSync(ROUTER, join(cwd, 'router.pcap'));
  copyFileSync('captures/vxlan-healthy.pcap', join(cwd, 'vxlan.pcap'));
  const start = async () => {
    pty = Pty.show(['tui'], { cols: 80, rows: 24, cwd, config });
    await pty.until('Open a capture');
    await pty.still();
    return pty;
  };
  const first = await start();
  expect(first.text()).toMatch(/›router\.pcap .*\n.* vxlan\.pcap/);
  await first.press('\x1b');
  expect(first.text()).toContain('no capture is open');
  // Every view, the save dialog and decode-as live with that.
  for (const key of ['2', '3', '4', '5', '6', '7', '8', '9', '1']) await first.press(`\x1b${key}`);
  await first.press('wx.pcapng\r');
  expect(first.lines().at(-1)).toContain('no capture is open');
  await first.press('\x0f');
  await first.press('\r');
  await first.until('1 fault');
  expect(first.lines()[0]).toContain('router.pcap  61 packets');
  await first.press(':decode-as tcp.port==80,tls\r');
  await first.until(/^ hopscope .* decode-as /);
  await first.press('ZZ');
  await first.ended;
  await first.close();

  rmSync(join(cwd, 'vxlan.pcap'));
  const second = await start();
  await second.press('\r');
  await second.until('decoded as tcp.port==80,tls; d changes that, or drops it');
  await second.until(/^ hopscope .* decode-as /);
  await second.press('dR');
  await second.press('\x1b');
  await second.until((text) => !text.split('\n')[0]!.includes('decode-as'));
  await second.press('ZZ');
  await second.ended;
  expect(readdirSync(join(config, 'hopscope'))).toContain('tui-state.json');
  expect(JSON.parse(readFileSync(join(config, 'hopscope', 'tui-state.json'), 'utf8'))).toEqual({
    recent: [join(cwd, 'router.pcap')],
    decodeAs: {},
  });
});

it('works where nothing can be kept', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const env = { HOME: file, XDG_CONFIG_HOME: file, XDG_STATE_HOME: file };
  pty = Pty.show(['tui'], { cols: 80, rows: 24, cwd: 'captures', env });
  await pty.until('Open a capture');
  await pty.press('\r');
  await pty.until(/^ hopscope {2}\S+\.pcap/);
  await pty.press(':decode-as tcp.port==80,tls\r');
  await pty.until(/^ hopscope .* decode-as /);
  pty.send('ZZ');
  expect((await pty.ended).code).toBe(0);
});

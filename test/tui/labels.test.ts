// What the segments before say of one stands in front of Info, once the list stays where it is; a forwarded copy is no retransmission.
import { afterEach, expect, it } from 'vitest';
import { atFirst, Pty } from './pty.js';

let pty: Pty;
afterEach(() => pty?.close());

/** Numbers of the frames on the screen whose line is marked. */
const marked = () =>
  pty
    .lines()
    .flatMap((line) => /^..\s*(\d+) .* TCP .*\[TCP Retransmission\] /.exec(line)?.[1] ?? [])
    .map(Number);

it.each([
  [120, 40],
  [200, 50],
])('of a SYN that is sent again, at %ix%i', async (cols, rows) => {
  pty = Pty.show(atFirst(['captures/native-missing-route.pcap']), { cols, rows });
  await pty.until(/1 fault/);
  await pty.press('/tcp.port == 57004\r');
  await pty.until(/= \d+ of 61/);
  // tshark of each interface by itself: 47 (in) and 48 (out) are the first SYN, the others come again.
  await pty.until(() => marked().length > 0);
  await pty.until(() => marked().join() === '49,50,51,52,54,55');
  // The field says the same.
  await pty.press('/\x15tcp.analysis.retransmission && tcp.port == 57004\r');
  await pty.until(/= 6 of 61/);
  expect(pty.clears).toBe(1);
});

it('in order by another column too, and after another decoding', async () => {
  pty = Pty.show(atFirst(['captures/native-missing-route.pcap']), { cols: 160, rows: 40 });
  await pty.until(/1 fault/);
  await pty.press('/tcp.port == 57004\r');
  await pty.press('OO');
  await pty.press(':decode-as tcp.port==57004,http\r');
  await pty.until(() => marked().length === 6);
});

it('is found by a search in the list: forwards, backwards, and in all hits', async () => {
  pty = Pty.show(atFirst(['captures/native-missing-route.pcap']), { cols: 160, rows: 40 });
  await pty.until(/1 fault/);
  const at = () => pty.lines().findIndex((line) => /^.» .*\[TCP Retransmission\]/.test(line));
  await pty.press('\x06tcp retrans\r');
  // tshark -Y tcp.analysis.retransmission of each interface by itself.
  await pty.until(/1 of 6\b(?! …)/);
  await pty.until(() => at() > 0);
  await pty.press('n');
  await pty.until(/2 of 6/);
  await pty.press('N');
  await pty.until(/1 of 6/);
  // From the label into what follows; and a pattern.
  await pty.press('\x06\x15on] 57004\r');
  await pty.until(/of 6\b(?! …)/);
});

// Is a text what tcpdump has printed? One packet's line says so, however much else a paste holds.

/** Bytes that are enough for an answer. */
export const LOOK = 64 * 1024;

const TIME = String.raw`(?:\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{9,11})\.\d{3,9} `;
// Blanks are counted: a text of nothing but blanks must not be looked at from each of them to its end.
const ON_ANY = String.raw`(?:\([^()\n]{1,120}\) |(?:\S{1,16} {1,16}| {0,16})(?:In|Out|B|M|P) {1,4})?`;
const MAC = `(?:[0-9a-f]{2}:){5}[0-9a-f]{2}`;
/** `ip: ` is what -e prints of a device without link header. */
const LINK = String.raw`(?:ifindex \d+ |${MAC} (?:> ${MAC}, )?ethertype |ip6?: (?:\(|\S+ > \S+?: )|AF IPv[46] \(\d+\), length )`;
const NETWORK = String.raw`(?:arp (?:who-has|reply) |(?:IP6? )?\d{1,3}(?:\.\d{1,3}){3}(?:\.[\w-]+)? > \S+?: |IP6? (?:\(|\S+ > \S+?:(?: |$))|ARP, (?:Request|Reply|Ethernet|Announcement|Probe))`;

/** Quotes of chats and mails: as characters, and the last byte of them. */
const TIMED = new RegExp(String.raw`(?:^|[\s>\]|"'\u2018\u201c\xab\x98\x9c])${TIME}${ON_ANY}(?:${LINK}|${NETWORK})`, 'm');
/** -t: without a time, a line has to say more. */
const UNTIMED = new RegExp(
  String.raw`^(?:[> \t]*)${ON_ANY}(?:ARP, (?:Request who-has|Reply) |IP6? \S+ > \S+: (?:Flags \[|ICMP6?[ ,]|UDP, length )|${MAC} > ${MAC}, ethertype )`,
  'm',
);

/** `head`: the first LOOK bytes, one character each. */
export function isPrinted(head: string): boolean {
  const text = asPrinted(head);
  return TIMED.test(text) || UNTIMED.test(text);
}

/** Of a page's source, with something behind them. */
const TAGS = /^(?:<\/?(?:pre|code)\b[^>\n]{0,80}>){1,4}(?=.)/;
const ENTITY = /&(?:gt|lt|amp|quot|nbsp|#39);/g;
const CHARACTERS: Readonly<Record<string, string>> = {
  '&gt;': '>',
  '&lt;': '<',
  '&amp;': '&',
  '&quot;': '"',
  '&nbsp;': ' ',
  '&#39;': "'",
};

/** As it was printed: without what a terminal acts on, and with the characters that the source of a page has other words for. */
export function asPrinted(text: string): string {
  const plain = text.includes('\x1b') ? text.replace(ESCAPES, '') : text;
  const first = plain.charCodeAt(0);
  // The byte order mark of UTF-8, or what a page's source has in front.
  const open =
    first === 60 ? plain.replace(TAGS, '') : first === 0xef && plain.startsWith('\xef\xbb\xbf') ? plain.slice(3) : plain;
  return open.includes('&') ? open.replace(ENTITY, (entity) => CHARACTERS[entity] ?? entity) : open;
}

/** What a terminal acts on: colours, titles. */
export const ESCAPES = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

/** Times with a blank in front that step back are differences to the line before (-ttt), else to the first line (-ttttt). */
export function timesOf(head: string): 'since-last' | 'since-first' | null {
  let last = '';
  let count = 0;
  for (const [, time] of head.matchAll(/^(?:> )? (\d\d:\d\d:\d\d\.\d{6,9}) /gm)) {
    if (count === 0 && !/^00:00:00\.0+$/.test(time)) return null;
    if (time < last) return 'since-last';
    last = time;
    count++;
  }
  return count > 1 ? 'since-first' : null;
}

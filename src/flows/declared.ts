// What is kept of a packet, of a hop, a journey and a path taken, and of a conversation: each value is declared here, once. From this
// `node scripts/generate-records.mjs` writes src/flows/generated/: places, shifts, readers, packers, sizes, growth and reset. A test
// says when it has to be run again.

/** A value of a few bits within a word. One bit is a yes or no. */
export interface Bits {
  readonly name: string;
  readonly bits: number;
  readonly says: string;
}

/** A value of one or more 32-bit words. */
export interface Value {
  readonly name: string;
  /** `double` takes two words; `words` are several that are read one by one. */
  readonly kind: 'double' | 'int' | 'uint' | 'words';
  readonly words: number;
  readonly says: string;
  /** What the word is made of, from its lowest bit; empty where it is one number. */
  readonly parts: readonly Bits[];
}

export interface RecordOf {
  readonly name: string;
  /** Name of the enum of its places. */
  readonly places: string;
  /** Words from one record to the next; those that are not declared are free. */
  readonly words: number;
  readonly values: readonly Value[];
}

const value = (name: string, kind: Value['kind'], says: string, words: number, parts: readonly Bits[] = []): Value => ({
  name,
  kind,
  words,
  says,
  parts,
});
const double = (name: string, says: string): Value => value(name, 'double', says, 2);
const int = (name: string, says: string): Value => value(name, 'int', says, 1);
const uint = (name: string, says: string): Value => value(name, 'uint', says, 1);
const words = (name: string, count: number, says: string): Value => value(name, 'words', says, count);
const packed = (name: string, says: string, parts: readonly Bits[]): Value => value(name, 'int', says, 1, parts);
const bits = (name: string, count: number, says = ''): Bits => ({ name, bits: count, says });
const flag = (name: string, says = ''): Bits => bits(name, 1, says);

/**
 * A packet: all that conversations, journeys and rules want of a frame. What most packets are asked for comes first, what only tunnels have
 * last: so most touch three lines of the processor's cache.
 */
export const PACKET: RecordOf = {
  name: 'packet',
  places: 'AT',
  words: 56,
  values: [
    double('fileOffset', 'Of its record in the capture file, in bytes.'),
    double('seconds', 'Time in whole seconds, as the capture file says it.'),
    uint('number', 'Frame number, from 1.'),
    int('nanoseconds', 'What the time has beyond whole seconds.'),
    int('start', 'Where the frame begins in its chunk.'),
    int('captured', 'Bytes that were captured.'),
    uint('wireLength', 'Bytes on the wire.'),
    int('linkType', 'Link type, www.tcpdump.org/linktypes.html.'),
    int('interfaceId', 'Interface, as the capture file counts them.'),
    uint('interface', 'Interface, as the frame itself says it (SLL2), else as the file does.'),
    packed('bits', 'What most packets are asked for.', [
      flag('hasTime', 'The capture file says when.'),
      flag('hidden', 'The cooked header hides the interface.'),
      flag('laterFragment', 'Not the first fragment: no transport header.'),
      flag('fragmented', 'This or another fragment follows or came before.'),
      flag('hasL4', 'The transport header was captured.'),
      flag('isError', 'An ICMP error that quotes another packet.'),
      flag('isArp', 'The frame holds an ARP header, bare or in a tunnel.'),
      flag('unknownLink', 'hopscope does not know the link type.'),
      flag('answers', 'An answer by its nature: a conversation that starts with it is turned round.'),
      flag('isDns', 'The payload of its UDP datagram is a DNS message, to or from port 53.'),
      flag('outerFragmented', 'The outer packet is a fragment.'),
      flag('outerDontFragment', 'The outer packet must not be fragmented.'),
      flag('innerTagged', 'The inner Ethernet header carries a VLAN tag.'),
      bits('fileDirection', 2, 'Direction as the capture file says it.'),
      bits('directionCode', 2, 'Direction as all that is known says it.'),
      bits('stop', 2, 'Why the walk ended, see STOP.'),
      bits('familyCode', 2, '0 no IP, 1 IPv4, 2 IPv6.'),
      bits('levels', 4, "Number of IP headers, outermost first; a quoted packet's do not count."),
      flag('hasOuterChecksum', 'The tunnel runs over UDP.'),
      bits('unknown', 6, 'What of the frame is not known though there are bytes for it, see UNKNOWN.'),
    ]),
    packed('ttls', '', [
      bits('ttl', 8, 'TTL or hop limit of the innermost IP header.'),
      bits('outermostTtl', 8, 'That of the outermost one: the same one in a bare packet.'),
      bits('proto', 8, 'IANA number of the transport, or of what stands in its place.'),
      bits('flags', 8, 'TCP flags; type of an ICMP message; else 0.'),
    ]),
    packed('ident', '', [
      bits('ipId', 16, 'IPv4 identification; of IPv6 that of its fragment header; else 0.'),
      bits('window', 16, 'TCP window, as the header has it.'),
    ]),
    packed('ports', '', [bits('srcPort', 16, 'Port, or identifier of an echo.'), bits('dstPort', 16)]),
    words('address', 8, 'Innermost source, then destination, four words each; IPv4 as ::ffff:a.b.c.d.'),
    int('ipLength', 'Length of the IP packet on the wire, header included, in bytes.'),
    int('l4At', 'Offset of the transport header, or of the IP payload.'),
    int('l4End', 'Its end among the captured bytes.'),
    int('payloadAt', "Offset of the transport's payload (TCP, UDP)."),
    int('payloadLength', 'Its length on the wire, in bytes.'),
    uint('seq', 'Sequence number of a TCP segment whose header was captured.'),
    uint('ack', 'Its acknowledgment number.'),
    packed('tags', '', [
      bits('mss', 16, 'MSS option of a SYN; 0: none.'),
      bits('vlanAndOne', 13, 'VLAN id of the outermost tag and one; 0: no tag.'),
      bits(
        'wrongSums',
        2,
        'Checksums that a text says are wrong: 1 of the innermost transport, 2 of the datagram around the tunnel.',
      ),
    ]),
    int('fingerprint', 'Shared by all copies of a packet.'),
    int('netAt', 'Offset of the innermost IP header.'),
    int('stackHash', 'A number for the stack of headers of an IP packet; what an ICMP error quotes is left out.'),
    packed('handling', 'How the frame was handed on.', [
      bits('kindCode', 3, 'Kind of frame, see KIND.'),
      flag('hasDestinationMac', 'The outermost header is Ethernet.'),
      flag('hasSourceMac', 'The outermost header has a MAC of the sender.'),
      flag('hasInnerMacs', 'There is an Ethernet header inside a tunnel.'),
      flag('dontFragment', 'DF bit of the innermost IPv4 header.'),
      bits('dscpCode', 6, 'DSCP of the innermost IP header, RFC 2474.'),
      bits('outermostDscp', 6, 'That of the outermost one.'),
    ]),
    words('macs', 3, 'Destination, then source MAC of the outermost header, as Ethernet has them.'),
    // Of the tunnel around the innermost packet, where it has one:
    int('vni', '-1 where the tunnel has none.'),
    packed('edgePort', '', [bits('outerPort', 16, 'UDP destination port, or 0.'), bits('tunnelKind', 16, 'See TUNNEL.')]),
    int('outerLength', "Length of the packet that is the tunnel's, in bytes, as its header says."),
    words('outerAddress', 8, 'Its source, then destination.'),
    int('statedChecksum', 'Its UDP checksum, as the header has it: 0 is none.'),
    words('innerMacs', 3, 'MACs of the innermost Ethernet header after the first one, as Ethernet has them.'),
  ],
};

/** A packet at one place of its way. */
export const HOP: RecordOf = {
  name: 'hop',
  places: 'HOP',
  words: 8,
  values: [
    double('ns', 'Time on the clock of the run.'),
    // A double of its own would take a word more than there is.
    int('offset', 'File offset, its lower 32 bits.'),
    packed('manner', '', [
      bits('offsetHigh', 13, 'The upper bits: files of up to 35 TB.'),
      bits('kind', 3, 'Kind of frame, see KIND.'),
      bits('station', 16, 'Destination MAC, as a number of Stations.'),
    ]),
    packed('where', 'What has to differ for a copy to be another hop of a packet.', [
      bits('port', 12),
      bits('direction', 2),
      bits('tagged', 1, 'It carried a VLAN tag.'),
      bits('edgeAndOne', 17, 'Tunnel edge and one; 0: bare.'),
    ]),
    uint('frame', 'Frame number.'),
    int('length', 'Captured bytes.'),
    packed('ttls', '', [
      bits('ttl', 8),
      bits('outerTtl', 8, 'Of the outermost header of a tunnel; 0: bare.'),
      bits('capture', 16, 'Index of the capture in the run.'),
    ]),
  ],
};

/** What stands in front of the hops of a journey. */
export const JOURNEY: RecordOf = {
  name: 'journey',
  places: 'JOURNEY',
  words: 16,
  values: [
    int('conversation', ''),
    int('way', 'Direction within its conversation.'),
    int('count', 'Hops.'),
    int('loops', 'Times that it passed a hop again, with a lower TTL.'),
    double('uid', 'Uid of the conversation: its slot may have been given to another one since.'),
    double('translatedFrom', 'Uid of the conversation that a NAT made it of, or -1.'),
    double('translatedTo', 'Uid of the conversation that a NAT makes of it, or -1.'),
    int('size', 'Length of the packet.'),
    int('mixed', 'The hops were not seen in the order in which they were travelled.'),
    int('ask', 'What the packet asks for, see outcomes.ts.'),
    int('value', 'The number that an answer has to name.'),
  ],
};

/** A path that one way of a conversation took. */
export const USE: RecordOf = {
  name: 'use',
  places: 'USE',
  words: 16,
  values: [
    int('path', 'Its number.'),
    int('count', 'Packets that took it.'),
    int('longest', 'Longest (innermost) IP packet that took it, in bytes.'),
    int('looped', 'Packets that passed the same hop more than once.'),
    int('next', 'The use before this one of the same way, or -1; of a free row the next free one.'),
    int('hops', 'Where its hops begin.'),
    int('size', 'How many they are.'),
    int('answered', 'Packets that want an answer: those that got one within a second.'),
    double('lastNs', 'Start of the last journey that took it.'),
    double('translatedFrom', 'Uid of the conversation that a NAT made it of, or -1.'),
    double('translatedTo', 'Uid of the conversation that a NAT makes of it, or -1.'),
    int('lost', 'Packets that want an answer and got none.'),
  ],
};

export interface Column {
  readonly name: string;
  readonly type: 'Uint8' | 'Uint16' | 'Uint32' | 'Int32' | 'Float64';
  /** Values of one conversation. */
  readonly values: 1 | 2 | 4;
  readonly says: string;
}

const one = (name: string, type: Column['type'], says = '', values: Column['values'] = 1): Column => ({
  name,
  type,
  says,
  values,
});
const both = (name: string, type: Column['type'], says = ''): Column => ({ name, type, says, values: 2 });

/** Whose conversation it is: one value, written whenever a slot is taken. */
export const KEY_COLUMNS: readonly Column[] = [
  one('src', 'Uint32', 'Four words an address, as in Packet.', 4),
  one('dst', 'Uint32', '', 4),
  one('srcPort', 'Uint16'),
  one('dstPort', 'Uint16'),
  one('proto', 'Uint16'),
  one('hash', 'Int32', 'Of both ends: which chain it is in.'),
  one('next', 'Int32', 'The next one of its chain.'),
  one('uid', 'Float64', "The conversation's number in the run (numbers.ts), whatever slot it is in."),
];

/** What was seen of it, by way: index c * 2 + way. All begin at 0, also when a slot is used again. */
export const COLUMNS: readonly Column[] = [
  both('packets', 'Uint32', 'Packets, each counted once however often it was seen.'),
  both('frames', 'Uint32', 'Frames: each sight counts.'),
  both('bytes', 'Float64', 'Bytes of IP packets, each counted once.'),
  both('firstNs', 'Float64'),
  both('lastNs', 'Float64'),
  both('firstFrame', 'Uint32', 'The first frame: number, node, capture, file offset, captured length, port, direction, TTL.'),
  both('firstSource', 'Uint16'),
  both('firstCapture', 'Uint16'),
  both('firstOffset', 'Float64'),
  both('firstLength', 'Uint32'),
  both('firstPort', 'Uint16'),
  both('firstDirection', 'Uint8'),
  both('firstTtl', 'Uint8'),
  both('firstVlan', 'Uint16', 'VLAN of its outermost tag and one; 0: it had no tag.'),
  both('firstDscp', 'Uint8', 'DSCP of its innermost IP header.'),
  both('firstFrom', 'Uint16', 'MACs of the first frame, as numbers of Stations: 0 where it has none.'),
  both('firstTo', 'Uint16'),
  both('longest', 'Uint32', 'Longest IP packet, in bytes.'),
  both('cut', 'Uint16', 'First fragments: packets of which more follows.'),
  both('doubles', 'Uint16', 'Of packets that no host sends twice: frames seen again at the same place, unchanged and at once.'),
  // TCP:
  both('flags', 'Uint8', 'All flags seen, or-ed.'),
  both('synCount', 'Uint16'),
  both('nextSeq', 'Uint32', 'Sequence number expected next; valid where `flags` says so.'),
  both('ack', 'Uint32', 'Highest acknowledgment number sent this way; valid where `flags` says so.'),
  both('advancedNs', 'Float64', 'When the sequence number last advanced.'),
  both(
    'advancedAt',
    'Uint16',
    'The capture, counted from 1, into whose node the packet came that advanced it; 0: another direction.',
  ),
  both('retransmissions', 'Uint32'),
  both('longestSegment', 'Uint32', "Longest segment's payload."),
  both('longestRetransmitted', 'Uint32', 'Longest one sent again.'),
  both('passedLength', 'Uint32', 'Longest payload known to have been acknowledged.'),
  both('probeLength', 'Uint32', 'The longer one that is followed, and where it ends; 0 bytes: none.'),
  both('probeEnd', 'Uint32'),
  both('stuckSeq', 'Uint32', 'The segment that is sent again and again: where it starts, how often, its payload the last time.'),
  both('stuckCount', 'Uint16'),
  both('stuckLength', 'Uint32'),
  both('gapSeq', 'Uint32', 'Bytes sent, as what comes after them shows, and never seen: where they start, how many, since when.'),
  both('gapBytes', 'Uint32'),
  both('gapNs', 'Float64'),
  both('dataSegments', 'Uint32', 'Segments with payload.'),
  both('mss', 'Uint16', 'MSS option of the SYN; 0: none seen.'),
  both('zeroWindows', 'Uint32'),
  both('zeroSinceNs', 'Float64', 'The window is zero now, and since when.'),
  both('zeroLongestNs', 'Float64', 'The longest time that it was zero before.'),
  both('waitNs', 'Float64', 'The longest time from what the other way last sent to the first data after it.'),
  both('resets', 'Uint16'),
  both('aborts', 'Uint8', 'Resets of an open connection: after the handshake, and before any FIN of either side.'),
  both('httpGood', 'Uint8', 'An HTTP answer that is no server error was sent this way.'),
  both('asked', 'Uint32', 'Packets that ask: echo requests.'),
  both('answered', 'Uint32', 'Packets that want an answer (outcomes.ts): those that got one within a second.'),
  both('answeredNs', 'Float64', 'When the last of them was sent.'),
  both('lost', 'Uint32', 'Those that got none.'),
  both('historySeen', 'Uint8', 'TCP history, see tcp.ts: kinds of packets seen.'),
  both('history', 'Uint32', 'The order of first sights, eight to a word, of both ways together.'),
];

// Connections in which a program answers that it cannot, or does not answer, see examples.ts.
import { ethernet, ipv4, ipv6, type TestFrame, tcp } from './lab.js';

const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.80';

export interface Talk {
  readonly at: number;
  readonly client?: string;
  readonly server?: string;
  readonly port?: number;
  readonly asks?: string | Uint8Array;
  /** What the server says to it; nothing where it is left out. */
  readonly says?: string | Uint8Array;
  /** What the client says to that. */
  readonly replies?: string | Uint8Array;
  readonly saysMore?: string | Uint8Array;
  /** Who closes first. */
  readonly closes?: 'client' | 'server';
}

const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? Uint8Array.from(Buffer.from(text)) : text);

/** A connection that is opened, used and closed. */
export function talk({
  at,
  client = CLIENT,
  server = SERVER,
  port = 80,
  asks = 'GET / HTTP/1.1\r\n\r\n',
  says,
  replies,
  saysMore,
  closes,
}: Talk) {
  const own = 40_000 + Math.round(at * 100);
  const frames: TestFrame[] = [];
  const next = { forth: 1000, back: 5000 };
  const send = (way: 'forth' | 'back', flags: string, data: Uint8Array = new Uint8Array(0)) => {
    const isForth = way === 'forth';
    const [src, dst] = isForth ? [client, server] : [server, client];
    const ports = isForth ? { src: own, dst: port } : { src: port, dst: own };
    const ack = flags === 'S' ? 0 : next[isForth ? 'back' : 'forth'];
    const body = tcp({ ...ports, flags, seq: next[way], ack, data });
    next[way] += data.length + (/[SF]/.test(flags) ? 1 : 0);
    const packet = src.includes(':') ? ipv6({ src, dst }, body) : ipv4({ src, dst, id: own + frames.length }, body);
    frames.push(ethernet({ at: at + frames.length * 0.001 }, packet));
  };
  send('forth', 'S');
  send('back', 'SA');
  send('forth', 'A');
  send('forth', 'PA', bytesOf(asks));
  send('back', 'A');
  if (says !== undefined) {
    send('back', 'PA', bytesOf(says));
    send('forth', 'A');
  }
  if (replies !== undefined) {
    send('forth', 'PA', bytesOf(replies));
    send('back', 'A');
  }
  if (saysMore !== undefined) {
    send('back', 'PA', bytesOf(saysMore));
    send('forth', 'A');
  }
  const first = closes === 'server' ? 'back' : 'forth';
  const second = closes === 'server' ? 'forth' : 'back';
  send(first, 'FA');
  send(second, 'FA');
  send(first, 'A');
  return frames;
}

export const status = (code: number): string => `HTTP/1.1 ${code} Something\r\nContent-Length: 0\r\n\r\n`;
/** A record of TLS 1.2: content type, version, length, content. */
export const record = (type: number, ...content: number[]): Uint8Array =>
  Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 255, ...content);
export const hello = record(22, 1, 0, 0, 2, 3, 3);
/** A fatal alert unless `level` says otherwise. */
export const alert = (description: number, level = 2): Uint8Array => record(21, level, description);

export const programExamples = {
  'http-bad-gateway.pcap': { frames: [0, 1, 2].flatMap((at) => talk({ at, says: status(502) })) },
  'tls-handshake-failure.pcap': { frames: [0, 1].flatMap((at) => talk({ at, port: 443, asks: hello, says: alert(40) })) },
};

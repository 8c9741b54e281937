// What a witness says, in words.
import { type Saying, WITNESS_NAMES, type WitnessEnd, type WitnessEvent } from './event.js';

/** `10.0.0.1`, else the name; '' where neither is told. */
export const hostOf = ({ address, name }: WitnessEnd): string => address || name;

/** `default/box (10.0.0.1, ID 46062)`. */
export function endText({ address, name, identity }: WitnessEnd): string {
  const extra = [name === '' ? '' : address, identity === '' ? '' : /^\d+$/.test(identity) ? `ID ${identity}` : identity].filter(
    Boolean,
  );
  return `${name || address}${extra.length > 0 ? ` (${extra.join(', ')})` : ''}`;
}

/** `10.0.0.1:80`, `default/web:80`, `[fd00::1]:80`. */
export function placeText(end: WitnessEnd): string {
  const host = hostOf(end);
  if (end.port === 0) return host;
  return host.includes(':') ? `[${host}]:${end.port}` : `${host}:${end.port}`;
}

const WORDS: Readonly<Record<Saying, string>> = {
  passed: 'seen',
  proxied: 'handed to the proxy',
  translated: 'translated',
  dropped: 'dropped',
  denied: 'denied',
  audited: 'would be denied by policy',
  answered: 'answered',
  unanswered: 'not answered',
  partly: 'answered in part',
  refused: 'refused',
  failed: 'failed',
  complaint: 'a fault',
  missed: 'missed events',
};

const isVerdict = ({ point }: WitnessEvent): boolean => point.startsWith('policy-verdict');

function whatText(event: WitnessEvent): string {
  const { saying, point, reason } = event;
  if (saying === 'passed' && point !== '') return point;
  if (saying === 'complaint') return reason;
  return saying === 'denied' && !isVerdict(event) ? WORDS.dropped : WORDS[saying];
}

/** `Hubble: dropped at k8s-ctr, Policy denied`. */
export function saysText(event: WitnessEvent): string {
  const { kind, saying, node, point, interface: device, reason, detail } = event;
  const what = whatText(event);
  const where = `${node === '' ? '' : ` at ${node}`}${device === '' ? '' : ` (${device})`}`;
  const at = what === point ? '' : point;
  const why = what === reason || (isVerdict(event) && saying === 'denied') ? '' : reason;
  const parts = [`${what}${where}`, at, why, saying === 'unanswered' || saying === 'missed' ? detail : ''];
  return `${kind === 'kernel' ? 'Kernel log' : WITNESS_NAMES[kind]}: ${parts.filter(Boolean).join(', ')}`;
}

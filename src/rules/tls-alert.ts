// One end of a TLS connection ends it and says why.
import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import { complaintsOf, severityOf } from './complaints.js';
import { rule } from './rule.js';
import page from './tls-alert.md';

/** RFC 8446 section 6.2 and RFC 5246 section 7.2.2. */
const ALERTS: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  10: [
    'unexpected_message',
    'a message that does not belong there: the other end speaks another protocol, or another version of it',
  ],
  20: ['bad_record_mac', 'a record that was changed on its way, or keys that differ'],
  22: ['record_overflow', 'a record that is too long: most often the other end does not speak TLS on this port'],
  40: ['handshake_failure', 'no cipher, group or parameter that both know'],
  42: ['bad_certificate', 'a certificate that is damaged, or does not verify'],
  43: ['unsupported_certificate', 'a certificate of a kind that it does not take'],
  44: ['certificate_revoked', 'a certificate that was revoked'],
  45: ['certificate_expired', 'a certificate that is not valid (any more, or yet): compare the clocks too'],
  46: ['certificate_unknown', 'a certificate that it does not accept'],
  47: ['illegal_parameter', 'a value that is not allowed'],
  48: ['unknown_ca', 'a certificate of an authority that it does not know'],
  49: ['access_denied', 'a valid certificate that may not do this'],
  50: ['decode_error', 'a message that it cannot read'],
  51: ['decrypt_error', 'a signature that does not verify'],
  70: ['protocol_version', 'a version of TLS that it does not offer'],
  71: ['insufficient_security', 'ciphers that are weaker than it wants'],
  80: ['internal_error', 'a failure of its own'],
  86: ['inappropriate_fallback', 'a retry with an older version than both know'],
  109: ['missing_extension', 'a hello without an extension that it needs'],
  110: ['unsupported_extension', 'an extension that it did not ask for'],
  112: ['unrecognized_name', 'a server name (SNI) that it does not serve'],
  113: ['bad_certificate_status_response', 'a status of the certificate that does not hold'],
  115: ['unknown_psk_identity', 'a pre-shared key that it does not know'],
  116: ['certificate_required', 'no certificate of the client, which it wants'],
  120: ['no_application_protocol', 'no application protocol (ALPN) that both know'],
};

export default rule({
  id: 'tls-alert',
  title: 'A TLS connection is ended with an alert',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 8446 section 6.2',
  hint: 'Ask the server yourself (openssl s_client -connect HOST:PORT -servername NAME), and look at certificates, versions, names and clocks of both ends.',
  page,
  judge(facts, say) {
    for (const told of complaintsOf(facts, 'tls', wentOn)) {
      const { first, about, count, clients, good } = told;
      const { server, port, code, byServer, marks } = first;
      const [name, meaning] = ALERTS[code] ?? [`alert ${code}`, ''];
      const many = `${clients.size} clients`;
      const client = clients.size === 1 ? [...clients][0] : many;
      const place = `${facts.named(server)} port ${port}`;
      say({
        verdict: 'fail',
        severity: severityOf(told),
        key: `${server} ${port} ${code} ${byServer}`,
        title: byServer
          ? `${server} port ${port} refuses TLS: ${name}`
          : `${client} ${clients.size === 1 ? 'refuses' : 'refuse'} the TLS of ${server} port ${port}: ${name}`,
        message: `${count === 1 ? 'A TLS connection' : `${count} TLS connections`} between ${client} and ${place} ended with the fatal alert ${name} (${code}) of the ${byServer ? 'server' : 'client'}.${good > 0 ? ` ${good} other ${good === 1 ? 'connection' : 'connections'} to it went on without one.` : ''} The network delivered both directions.`,
        cause: meaning === '' ? undefined : `The ${byServer ? 'server' : 'client'} got ${meaning}.`,
        subject: {
          src: clients.size === 1 ? client : null,
          dst: String(server),
          proto: 'tcp',
          dstPort: port,
          target: String(server),
        },
        evidence: marks.map((mark) => ({ mark, field: 'tls.alert_message.desc', note: name })),
        count,
        about,
      });
    }
  },
});

/** Both sent more than the hello and the answer to it. */
const wentOn = ({ request, reply }: Conversation): boolean =>
  request.sent(FLAG.ack) && request.dataSegments > 1 && reply.dataSegments > 1;

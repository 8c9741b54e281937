// nslookup of BIND, BusyBox and Windows, dig and host: whether a DNS server answered, and what.
import { event, type MakeReader, NO_END, type Place, placeAt, type Saying, type WitnessEnd } from './event.js';
import { addressOf, endOf } from './parts.js';

interface Asking {
  readonly node: string;
  at: Place;
  server: WitnessEnd;
  /** What was asked for; ''. */
  name: string;
  addresses: number;
  /** NXDOMAIN, SERVFAIL, REFUSED ...; ''. */
  code: string;
  timeouts: number;
  refused: boolean;
}

const WORDS: Readonly<Record<string, string>> = {
  'Non-existent domain': 'NXDOMAIN',
  'Server failed': 'SERVFAIL',
  'Query refused': 'REFUSED',
};
const CALL = /(?:^|[\s/])(?:nslookup(?:\.exe)?|dig|host)\s+(.*)$/;

/** `@10.0.0.10` of dig, the second word of nslookup and host. */
function askedIn(command: string): { readonly server: string; readonly name: string } {
  const words = (CALL.exec(command)?.[1] ?? '').split(/\s+/).filter((word) => word !== '' && !/^[-+]/.test(word));
  const end = words.findIndex((word) => /^[|;&>]/.test(word));
  const own = end < 0 ? words : words.slice(0, end);
  const at = own.find((word) => word.startsWith('@'));
  const names = own.filter((word) => !word.startsWith('@'));
  return { server: at?.slice(1) ?? (/\bdig\b/.test(command) ? '' : (names[1] ?? '')), name: names[0] ?? '' };
}

/** A DNS server by its address; port 53 where none is printed. */
function serverOf(text: string): WitnessEnd {
  const [, host, port = '53'] = /^(.*?)(?:#(\d{1,5}))?$/.exec(text) ?? [];
  const v4 = /^([\d.]+):(\d{1,5})$/.exec(host);
  return { ...endOf(v4?.[1] ?? host), port: Number(v4?.[2] ?? port) };
}

export const lookup: MakeReader = (tell) => {
  let run: Asking | null = null;
  /** `Server:` was printed, and its address follows. */
  let expects = false;
  const end = (): void => {
    expects = false;
    if (run === null) return;
    const { node, server, name, addresses, code, timeouts, refused, at } = run;
    run = null;
    if (addresses === 0 && code === '' && timeouts === 0 && !refused) return;
    // A server that answers does so, whatever it says; of search domains the last one may be there.
    const saying: Saying = addresses > 0 ? 'answered' : code !== '' ? 'failed' : refused ? 'refused' : 'unanswered';
    tell(
      event('lookup', saying, {
        ...{ node, dst: server, proto: 'udp', isReply: false, asks: true, detail: name.slice(0, 200) },
        reason: addresses > 0 ? '' : code || (refused ? 'Connection refused' : 'timed out'),
        ...{ asked: Math.max(1, timeouts), answers: addresses > 0 || code !== '' ? 1 : 0 },
      }),
      at,
    );
  };
  const begin = (node: string, command: string, at: Place): Asking => {
    const { server, name } = askedIn(command);
    run = {
      ...{ node, at, server: server === '' ? NO_END : serverOf(server), name },
      ...{ addresses: 0, code: '', timeouts: 0, refused: false },
    };
    return run;
  };
  return {
    kind: 'lookup',
    take(line, at) {
      const here = (): Asking => run ?? begin(at.node, at.command, placeAt(at));
      const says = (what: Partial<Asking>): true => {
        Object.assign(here(), what, { at: placeAt(at) });
        return true;
      };
      const header = /^Server: +\s*(\S+)$|^Server:\t+(\S+)$/.exec(line);
      if (
        header !== null &&
        (CALL.test(at.command) || addressOf(header[1] ?? header[2]) !== '' || /^unknown$/i.test(header[1] ?? ''))
      ) {
        const address = header[1] ?? header[2];
        // Windows asks for the server's own name first, and says so where that takes long.
        const isSame = run !== null && run.server === NO_END && run.addresses === 0 && run.code === '';
        if (!isSame) end();
        const asking = isSame && run !== null ? run : begin(at.node, at.command, placeAt(at));
        if (addressOf(address) !== '') asking.server = serverOf(address);
        expects = true;
        return true;
      }
      const address = /^Address(?: \d+)?:\s+([0-9a-f.:]+(?:#\d{1,5})?)(?: \S+)?$/i.exec(line);
      if (run !== null && address !== null) {
        if (expects) {
          expects = false;
          return says({ server: serverOf(address[1]) });
        }
        return says({ addresses: run.addresses + 1 });
      }
      const error = /^;; communications error to (\S+?): (timed out|connection refused|.+)$/.exec(line);
      if (error !== null) {
        const refused = /refused/.test(error[2]);
        return says({ server: serverOf(error[1]), ...(refused ? { refused: true } : { timeouts: here().timeouts + 1 }) });
      }
      // By default it has asked three times by then, or as often as its server has timed out before.
      if (/^;; connection timed out; no servers could be reached$/.test(line))
        return says({ timeouts: Math.max(3, here().timeouts) });
      if (/^DNS request timed out\.$/.test(line) || /^\*\*\* Request to \S+ timed-out$/.test(line))
        return says({ timeouts: here().timeouts + 1 });
      const missing =
        /^\*\* server can't find (\S+?): (\w+)$/.exec(line) ??
        /^\*\*\* \S+ can't find (\S+?): (Non-existent domain|Server failed|Query refused)$/.exec(line) ??
        /^Host (\S+) not found: \d+\((\w+)\)$/.exec(line);
      if (missing !== null) return says({ name: here().name || missing[1], code: WORDS[missing[2]] ?? missing[2] });
      const unresolved = /^nslookup: can't resolve '([^']+)'/.exec(line);
      if (unresolved !== null) {
        // It does not say whether the server answered.
        const isOpen = run !== null && run.server !== NO_END;
        if (unresolved[1] !== '(null)' && !isOpen) return says({ name: unresolved[1], timeouts: here().timeouts + 1 });
        return unresolved[1] === '(null)' || says({ name: unresolved[1], code: here().code || 'no address' });
      }
      const dig = /^;; ->>HEADER<<- opcode: QUERY, status: (\w+), id: \d+$/.exec(line);
      if (dig !== null) return says(dig[1] === 'NOERROR' ? { addresses: here().addresses + 1 } : { code: dig[1] });
      const host = /^(\S+) has (?:IPv6 )?address ([0-9a-f.:]+)$/i.exec(line);
      if (host !== null) return says({ name: here().name || host[1], addresses: here().addresses + 1 });
      if (run === null) return false;
      const server = /^;; SERVER: ([0-9a-f.:]+#\d{1,5})\(/i.exec(line);
      if (server !== null) return says({ server: serverOf(server[1]) });
      return /^(?:Name:\s|Aliases?:\s|Non-authoritative answer:|Addresses:|;; |;\S|; <<>>|\s+timeout was \d+ seconds\.$|\S+\.\s+\d+\s+IN\s)/.test(
        line,
      )
        ? /^Addresses:/.test(line)
          ? says({ addresses: run.addresses + 1 })
          : true
        : false;
    },
    end,
  };
};

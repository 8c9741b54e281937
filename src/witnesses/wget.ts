// wget of GNU and of BusyBox: whether its connection came to be, and how the request ended.
import { howItEnded, urlIn } from './connect.js';
import { event, type MakeReader, NO_END, type Saying, type WitnessEnd } from './event.js';
import { addressOf, endOf, portOf, STAMP, stampMs } from './parts.js';

/** Options of wget(1) that take a word. */
const WITH_WORD = /^(?:-[A-Za-z]*[aoitTwQeOPU]|--(?:timeout|tries|output-document|header|post-data|user-agent|bind-address))$/;
const CALL = /(?:^|[\s/])wget\s+/;

const hasNoLimit = (command: string): boolean => CALL.test(command) && !/\s(?:-[a-z]*T|--(?:connect-)?timeout)/.test(command);

/** `Connecting to web (web)|10.0.0.5|:80... connected.`, `Connecting to 10.0.0.5:80... failed: Connection refused.` */
const CONNECTING =
  /^Connecting to (?:(\S+) \(\S+\)\|([0-9a-f.:]+)\||(\[[0-9a-f:.]+\]|[\w.-]+)):(\d{1,5})\.\.\.(?: (connected\.)| failed: (.+?)\.?)?$/i;
/** BusyBox: `Connecting to web (10.0.0.5:80)`. */
const BUSYBOX = /^Connecting to (\S+) \((\[?[0-9a-f.:]+?\]?):(\d{1,5})\)$/i;
const STARTS = new RegExp(`^--(${STAMP})-- {1,2}(?:\\(try: ?\\d+\\) {1,2})?(\\S+)$`);

export const wget: MakeReader = (tell) => {
  let dst: WitnessEnd = NO_END;
  let timeMs = Number.NaN;
  /** BusyBox says whom it asks, and then only what went wrong. */
  let isOpen = false;
  const end = (): void => {
    isOpen = false;
    dst = NO_END;
    timeMs = Number.NaN;
  };
  return {
    kind: 'wget',
    take(line, at) {
      const say = (saying: Saying, reason: string, detail = ''): true => {
        const asked = dst === NO_END ? urlIn(at.command, CALL, WITH_WORD) : dst;
        const proto = reason === 'Could not resolve the name' ? 'udp' : 'tcp';
        const answers = saying === 'answered' ? 1 : 0;
        tell(
          event('wget', saying, {
            ...{ node: at.node, dst: asked, proto, timeMs, reason, detail },
            // Without a limit of its own it waits until the system gives up, which has repeated the SYN by then.
            ...{ isReply: false, asks: true, asked: saying === 'unanswered' && hasNoLimit(at.command) ? 2 : 1, answers },
          }),
        );
        isOpen = false;
        return true;
      };
      const starts = STARTS.exec(line);
      if (starts !== null) {
        end();
        timeMs = stampMs(starts[1], at.nearMs);
        dst = urlIn(`wget ${starts[2]}`, CALL, WITH_WORD);
        return true;
      }
      const connecting = CONNECTING.exec(line);
      if (connecting !== null) {
        const [, name = '', address, host, port, connected, why] = connecting;
        const found = endOf((address ?? host).replace(/^\[|\]$/g, ''));
        dst = { ...found, name: addressOf(name) === '' && name !== '' ? name : found.name, port: portOf(port) };
        if (connected !== undefined) return say('answered', '');
        if (why === undefined) return true;
        const { saying, reason } = howItEnded(why);
        return say(saying, reason);
      }
      const busybox = BUSYBOX.exec(line);
      if (busybox !== null) {
        const found = endOf(busybox[2].replace(/^\[|\]$/g, ''));
        dst = { ...found, name: addressOf(busybox[1]) === '' ? busybox[1] : '', port: portOf(busybox[3]) };
        isOpen = true;
        return true;
      }
      const resolving = /^Resolving (\S+) \(\S+\)\.\.\. (?:failed: (.+?)\.?|[0-9a-f.:, ]+)$/i.exec(line);
      if (resolving !== null) {
        if (resolving[2] === undefined) return true;
        dst = endOf(resolving[1]);
        return say('failed', 'Could not resolve the name', resolving[2].slice(0, 120));
      }
      const error = /^wget: (.+)$/.exec(line);
      if (error !== null) {
        const unnamed = /^(?:bad address|unable to resolve host address) ['\u2018"]?([^'\u2019"]+)/.exec(error[1]);
        if (unnamed !== null) {
          // GNU has said so before.
          if (dst.name === unnamed[1] && error[1].startsWith('unable')) return true;
          dst = endOf(unnamed[1]);
          return say('failed', 'Could not resolve the name');
        }
        const remote = /^can't connect to remote host \((\S+?)\): (.+)$/.exec(error[1]);
        const status = /^server returned error: HTTP\/\S+ (\d{3})\b/.exec(error[1]);
        if (status !== null) return say('answered', '', `HTTP ${status[1]}`);
        if (remote === null && !/timed out|error getting response|reset by peer|refused|no route|unreachable/i.test(error[1]))
          return false;
        if (remote !== null && dst.address !== remote[1])
          dst = { ...endOf(remote[1]), port: urlIn(at.command, CALL, WITH_WORD).port };
        const { saying, reason } = howItEnded(remote?.[2] ?? error[1]);
        return say(saying, reason);
      }
      const response =
        /^HTTP request sent, awaiting response\.\.\. (?:Read error \((.+)\) in headers\.|(No data received)\.|\d{3}\b)/.exec(
          line,
        );
      if (response !== null) {
        if (response[2] !== undefined) return say('refused', 'Empty reply from server');
        if (response[1] === undefined) return true;
        const { saying, reason } = howItEnded(response[1]);
        return say(saying, reason, 'connected, and sent the request');
      }
      if (isOpen && /^(?:saving to|writing to stdout|remote file exists|\S+ +\d{1,3}% \|)/.test(line)) return say('answered', '');
      return (
        dst !== NO_END &&
        /^(?:Giving up\.|written to |Retrying\.|Length: |Saving to: |\S+ +(?:\d{1,3}% ?)?[[|]|'\S+' saved|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:\(|ERROR \d{3}))/.test(
          line,
        )
      );
    },
    end,
  };
};

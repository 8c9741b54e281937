// A point that programs can be run at: what has to be found out, or put up, before the first one.
import { randomBytes } from 'node:crypto';
import { type Output, PointChild, type RunLimits, runToEnd } from './child.js';
import { commandAt, debugCommand, type Found, type Inside, inNamespace, kubectl, shownCommand } from './command.js';
import type { Point, Way } from './point.js';
import { noTools, whyNot } from './refusal.js';

/** An image may have to be pulled. */
const IMAGE_MS = 120_000;
const READY = 'hopscope-ready';

/** A line that is more than what kubectl adds to a command that has ended with an exit code. */
const WORDS_OF_KUBECTL = /^(?!command terminated with exit code|Defaulted container)./m;

/** A point that answers. */
export interface Reached {
  readonly point: Point;
  /** The words of the program on this machine that runs `argv` there. */
  command(argv: readonly string[], inside?: Inside): string[];
  /** Starts `argv` there. The caller listens to its output. */
  start(argv: readonly string[], inside?: Inside): PointChild;
  /** Runs `argv` there to its end. */
  run(argv: readonly string[], limits?: Partial<RunLimits>, inside?: Inside): Promise<Output>;
  /** What would stay there, in words, if this program were killed now; null: nothing. */
  readonly stays: string | null;
  /** Takes away what was put up for it. Returns what stays behind, in words; null: nothing. */
  close(): Promise<string | null>;
}

/** Why a point cannot be used: one line. */
export interface Unreached {
  readonly point: Point;
  readonly why: string;
}

export const isReached = (one: Reached | Unreached): one is Reached => !('why' in one);

/** Never throws. `signal` gives up. */
export async function reach(point: Point, signal?: AbortSignal): Promise<Reached | Unreached> {
  const { way } = point;
  if (way.method === 'vagrant') return await byVagrant(point, way, signal);
  if (way.method === 'node') return await byDebug(point, way, signal);
  if (way.method === 'kubectl') {
    const own = reached(point);
    // Without a shell nothing can be found out but that.
    const { end, words } = await own.run(['sh', '-c', 'command -v tcpdump || command -v dumpcap'], {}, 'own');
    if (end === 0) return own;
    const plain = { ...point, image: null };
    const hasAnswered = !WORDS_OF_KUBECTL.test(words) || whyNot(plain, end, words) === noTools(plain, 'a shell');
    if (!hasAnswered) return { point, why: whyNot(point, end, words) };
    return point.image === null ? { point, why: noTools(point, 'tcpdump') } : await byDebug(point, way, signal);
  }
  const here = reached(point);
  const { end, words } = await runToEnd(here.command(['true']), {}, signal);
  return end === 0 ? here : { point, why: whyNot(point, end, words) };
}

function reached(
  point: Point,
  found: Found = {},
  stays: string | null = null,
  close: Reached['close'] = async () => null,
): Reached {
  const command: Reached['command'] = (argv, inside = 'tools') => commandAt(point, argv, inside, found);
  return {
    point,
    command,
    start: (argv, inside) => new PointChild(command(argv, inside)),
    run: (argv, limits, inside) => runToEnd(command(argv, inside), limits),
    stays,
    close,
  };
}

/** Vagrant's own ssh asks for a terminal and takes seconds: its settings are asked once, and the system's ssh uses them. */
async function byVagrant(
  point: Point,
  { machine }: Way & { method: 'vagrant' },
  signal?: AbortSignal,
): Promise<Reached | Unreached> {
  const asked = await runToEnd(['vagrant', 'ssh-config', machine], { timeoutMs: 60_000, maxBytes: 1 << 16 }, signal);
  const ssh = asked.end === 0 ? sshOptions(asked.text) : null;
  if (ssh === null) return { point, why: whyNot(point, asked.end, `${asked.text}\n${asked.words}`) };
  const here = reached(point, { ssh });
  const { end, words } = await here.run(['true']);
  return end === 0 ? here : { point, why: whyNot(point, end, words) };
}

/** ssh_config(5) as `vagrant ssh-config` prints it, as options; null where it names no host. */
export function sshOptions(text: string): string[] | null {
  const options: string[] = [];
  let host: string | null = null;
  for (const line of text.split('\n')) {
    const [, key, quoted, bare] = /^\s*(\w+)\s+(?:"([^"]*)"|(\S.*?))\s*$/.exec(line) ?? [];
    const value = quoted ?? bare;
    if (key === undefined || value === undefined) continue;
    if (key === 'HostName') host = value;
    // Those that say how to log in; FATAL would hide why it cannot, and the rest could run programs here.
    else if (
      /^(?:User|Port|UserKnownHostsFile|StrictHostKeyChecking|IdentityFile|IdentitiesOnly|PubkeyAcceptedKeyTypes|HostKeyAlgorithms)$/.test(
        key,
      )
    )
      options.push('-o', `${key}=${/\s/.test(value) ? `"${value}"` : value}`);
  }
  return host === null || host.startsWith('-') ? null : [...options, '--', host];
}

/** A container with the tools in the pod, or on the node: it lives as long as a program in it that a guard of its own watches. */
async function byDebug(
  point: Point,
  way: Way & { method: 'kubectl' | 'node' },
  signal?: AbortSignal,
): Promise<Reached | Unreached> {
  const container = `hopscope-${randomBytes(4).toString('hex')}`;
  const holder = new PointChild(debugCommand(way, point.image!, container, ['sh', '-c', `echo ${READY}; exec sleep 604800`]));
  let said = '';
  const isUp = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), IMAGE_MS);
    const over = (answer: boolean) => () => {
      clearTimeout(timer);
      resolve(answer);
    };
    holder.output.on('data', (part: Buffer) => {
      said = (said + part.toString('utf8')).slice(-4096);
      if (said.includes(READY)) over(true)();
    });
    void holder.ended.then(over(false));
    signal?.addEventListener('abort', over(false), { once: true });
    if (signal?.aborted) over(false)();
  });
  // In versions of kubectl it stands on either output.
  const pod = /Creating debugging pod ([a-z0-9.-]+) with container/.exec(`${said}\n${holder.words}`)?.[1] ?? null;
  const stays =
    way.method === 'kubectl'
      ? `the container ${container}, which has ended, stays listed in the pod until that is deleted`
      : pod === null
        ? null
        : `the pod ${pod} of the node, which has ended; \`${shownCommand(removal(way, pod))}\` takes it away`;
  const close = async (): Promise<string | null> => {
    await holder.stop();
    if (way.method === 'kubectl' || pod === null) return stays;
    const { end } = await runToEnd(removal(way, pod));
    return end === 0 ? null : stays;
  };
  if (isUp && (way.method === 'kubectl' || pod !== null))
    return reached(point, way.method === 'kubectl' ? { container } : { pod: pod! }, stays, close);
  const { end, words } = holder;
  await close();
  const late = end === null ? `the image ${point.image} did not start in time; kubectl describe pod says why` : null;
  const why = whyNot(point, end, words);
  return { point, why: late === null || words.trim() !== '' ? why : late };
}

const removal = (way: Way & { method: 'kubectl' | 'node' }, pod: string): string[] => [
  ...kubectl(way),
  'delete',
  'pod',
  ...inNamespace(way),
  pod,
  '--wait=false',
];

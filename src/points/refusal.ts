// Why a program did not run at a point, as one line that ends in what to type.
import { command, isLine, shown, words } from '../bytes/command.js';
import { safeText } from '../bytes/text.js';
import type { Method, Point } from './point.js';

/** How much of a tool's own words is repeated. */
const MOST = 200;

interface Reason {
  readonly methods?: readonly Method[];
  readonly says: RegExp;
  readonly means: (point: Point, found: RegExpExecArray) => string;
}

const CONTAINERS: readonly Method[] = ['docker', 'podman', 'nerdctl'];
const CLUSTER: readonly Method[] = ['kubectl', 'node'];
const SSH: readonly Method[] = ['ssh', 'vagrant', 'lima', 'command'];

/** The first that fits holds. */
const REASONS: readonly Reason[] = [
  {
    methods: SSH,
    says: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    means: (point) => `the key of the host is not known, or has changed; type \`${login(point)}\` once and compare it`,
  },
  {
    methods: SSH,
    says: /Permission denied \(|Too many authentication failures/,
    means: (point) =>
      `the host takes none of your keys; type \`${login(point, 'ssh-copy-id')}\`, or add the key to your agent (ssh-add)`,
  },
  {
    methods: SSH,
    says: /Could not resolve hostname/,
    means: () => 'no address is known for the host; correct its name, or name it in ~/.ssh/config',
  },
  {
    methods: SSH,
    says: /(Connection refused|No route to host|Network is unreachable|Connection timed out|Operation timed out|Connection (?:closed|reset) by|kex_exchange_identification)/,
    means: (point, [, what]) => `ssh: ${what!.toLowerCase()}; is the machine up, and does \`${login(point)}\` get there?`,
  },
  {
    says: /(?:Timeout, server .* not responding|Broken pipe|client_loop: send disconnect|Connection to \S+ closed by remote host|unexpected EOF|connection reset by peer|error reading from error stream)/i,
    means: () => 'the connection was lost',
  },
  {
    says: /sudo: (?:a password is required|a terminal is required|sorry, you must have a tty)|sudo: no tty present/,
    means: () =>
      'sudo asks for a password there; `sudo visudo` there takes the line `USER ALL=(root) NOPASSWD: /bin/sh`, which is every right (docs/capture.md has a smaller one), or log in as root',
  },
  {
    says: /is not in the sudoers file|is not allowed to (?:run|execute)/,
    means: () =>
      'sudo does not let this user run sh as root there; `sudo visudo` there takes the line `USER ALL=(root) NOPASSWD: /bin/sh`, which is every right (docs/capture.md has a smaller one), or log in as root',
  },
  {
    says: /sudo: (?:command )?not found|sudo: No such file/,
    means: () => 'there is no sudo there; log in as root, and leave sudo out',
  },
  {
    methods: CLUSTER,
    says: /(?:pods|nodes|namespaces) "([^"]*)" not found/,
    means: (point) =>
      point.way.method === 'node'
        ? 'there is no such node; `kubectl get nodes` lists them'
        : `there is no such pod; \`${podList(point)}\` lists them`,
  },
  {
    methods: CLUSTER,
    says: /container ([\w.-]+ )?(?:is )?not (?:found|valid)|container not found/i,
    means: () => 'the pod has no such container; `kubectl describe pod` lists them',
  },
  {
    methods: CLUSTER,
    says: /cannot (\w+) resource "([^"]+)"/,
    means: (_, [, verb, resource]) =>
      `your account may not ${verb} ${resource} in the cluster; ask for that right, \`kubectl auth can-i --list\` says what it has`,
  },
  {
    methods: CLUSTER,
    says: /\bForbidden\b/,
    means: () => 'the cluster refuses it to your account; `kubectl auth can-i --list` says what it may',
  },
  {
    methods: CLUSTER,
    says: /connection to the server .* was refused|Unable to connect to the server|no such host|i\/o timeout/,
    means: () => 'kubectl does not reach the cluster; `kubectl cluster-info` says why',
  },
  {
    methods: CLUSTER,
    says: /context "?([^"\s]+)"? does not exist|no configuration has been provided/,
    means: () => 'kubectl does not know the cluster; `kubectl config get-contexts` lists those it knows',
  },
  {
    methods: CLUSTER,
    says: /ErrImagePull|ImagePullBackOff|InvalidImageName/,
    means: ({ image }) => `the cluster cannot pull the image ${image}; name another, or load it into the nodes`,
  },
  {
    methods: CLUSTER,
    says: /cannot exec (?:in|into) a (?:stopped|deleted|completed)|current phase is (\w+)|ContainerCreating|is not running/,
    means: () => 'the pod does not run; `kubectl describe pod` says why',
  },
  {
    methods: CONTAINERS,
    says: /No such container|no container with name or ID|no such container/i,
    means: ({ way: { method } }) => `there is no such container; \`${method} ps\` lists those that run`,
  },
  {
    methods: CONTAINERS,
    says: /is not running|container state improper|can only create exec sessions on running/i,
    means: ({ way: { method } }) => `the container does not run; \`${method} ps -a\` lists all`,
  },
  {
    methods: CONTAINERS,
    says: /permission denied while trying to connect|(?:docker|containerd)\.sock: connect: permission denied|rootless containerd not running/i,
    means: ({ way: { method } }) => `no right to use ${method}; join its group, or start hopscope by sudo`,
  },
  {
    methods: CONTAINERS,
    says: /Cannot connect to the (?:Docker|Podman) daemon|cannot access containerd socket|unable to connect to Podman/i,
    means: ({ way: { method } }) => `${method} does not run here; start it`,
  },
  {
    methods: CONTAINERS,
    says: /Unable to find image|pull access denied|manifest unknown|no such image/i,
    means: ({ image, way: { method } }) => `the image ${image} is not to be had; \`${method} pull ${image}\` says why`,
  },
  {
    methods: [...CONTAINERS, ...CLUSTER],
    says: /exec: "?sh"?: (?:executable file not found|not found|no such file)|exec failed.*"sh"|"sh": stat|no such file or directory.*: unknown/i,
    means: (point) => noTools(point, 'a shell'),
  },
  {
    methods: ['netns'],
    says: /Cannot open network namespace/,
    means: () => 'there is no such network namespace; `ip netns list` lists them',
  },
  {
    methods: ['netns'],
    says: /(?:setting the network namespace|mount of \/sys|unshare|netns).*(?:Operation not permitted|Permission denied)/i,
    means: (point) => `no right to enter the network namespace; ${rights(point)}`,
  },
  {
    methods: ['vagrant'],
    says: /not (?:yet )?(?:ready|created|running)|must be (?:created|running)|is required to run/i,
    means: ({ way }) => shown`the machine does not run; type \`vagrant up ${machineOf(way)}\``,
  },
  {
    methods: ['vagrant'],
    says: /machine with the name .* was not found|Vagrant environment or target machine is required/i,
    means: () => 'vagrant knows no such machine here; `vagrant status` lists them, in the folder of the Vagrantfile',
  },
  {
    methods: ['lima'],
    says: /instance .* (?:does not exist|not exist)|run .?limactl create/i,
    means: () => 'there is no such instance; `limactl list` lists them',
  },
  {
    methods: ['lima'],
    says: /instance .* is (?:stopped|not running)|run .?limactl start/i,
    means: ({ way }) => shown`the instance does not run; type \`limactl start ${machineOf(way)}\``,
  },
  {
    says: /don't have permission to (?:perform this )?capture|permission to capture|CAP_NET_RAW|Operation not permitted|you may need.* root/i,
    means: (point) => `no right to capture there; ${rights(point)}`,
  },
  {
    says: /(?:tcpdump|dumpcap): (?:command )?not found|(?:tcpdump|dumpcap): (?:inaccessible|No such file)|failed to (?:run command|execute) ['\u2018]?tcpdump|setsid: .*(?:tcpdump|dumpcap).*No such file|exec: "tcpdump"/i,
    means: (point) => noTools(point, 'tcpdump'),
  },
  {
    says: /(\S+): That device is not up|(\S+): No such device exists|SIOCGIFHWADDR: No such device/i,
    means: (_, [, down, gone]) =>
      down === undefined
        ? `there is no interface ${gone ?? 'of that name'} there; \`ip link\` lists them`
        : shown`the interface is down there; \`ip link set ${down} up\` there`,
  },
  { says: /No space left on device/, means: () => 'the disk there is full' },
];

/** One line; `end` and `words` are those of the program on this machine. */
export function whyNot(point: Point, end: number | string | null, words: string): string {
  // A tool that warns without end has said what matters at the start or at the end.
  const text = words.length > 8192 ? `${words.slice(0, 4096)}\n${words.slice(-4096)}` : words;
  for (const { methods, says, means } of REASONS) {
    if (methods !== undefined && !methods.includes(point.way.method)) continue;
    const found = says.exec(text);
    if (found !== null) return safeText(means(point, found));
  }
  if (end === 'ENOENT') return `${programOf(point)} is not installed here, or not in PATH`;
  if (end === 'timeout') return 'it did not answer in time';
  const last = lastLine(text);
  const how = typeof end === 'number' ? `exit code ${end}` : end === null ? 'it did not start in time' : `it ended with ${end}`;
  return last === '' ? how : safeText(`${last.slice(0, MOST)} (${how})`);
}

/** Of a point that has no tcpdump, or no shell: what to do. */
export function noTools(point: Point, what: string): string {
  const { method } = point.way;
  if (point.image !== null)
    return `the image ${point.image} has no ${what.replace(/^a /, '')}; name one that has tcpdump and a shell`;
  if (method === 'kubectl' || CONTAINERS.includes(method))
    return `there is no ${what.replace(/^a /, '')} in it; name an image that has it, image: nicolaka/netshoot, to be run beside it`;
  return `${what} is not installed there; \`apt install ${what}\` there, or dumpcap (Wireshark)`;
}

function rights({ sudo, way: { method } }: Point): string {
  if (CONTAINERS.includes(method))
    return sudo
      ? 'name an image that has tcpdump, to be run beside it: image: nicolaka/netshoot'
      : 'add sudo: true, or name an image';
  if (method === 'kubectl') return 'name a debug image that has tcpdump: image: nicolaka/netshoot';
  return sudo ? 'log in as root' : 'add sudo: true, or log in as root';
}

function login({ way }: Point, program: 'ssh' | 'ssh-copy-id' = 'ssh'): string {
  if (way.method === 'vagrant') return shown`vagrant ssh ${way.machine}`;
  if (way.method === 'lima') return shown`limactl shell ${way.instance}`;
  if (way.method !== 'ssh') return program;
  const config = way.config === null || program !== 'ssh' ? words`` : words`-F ${way.config}`;
  const port = way.port === null ? words`` : words`-p ${way.port}`;
  const line = command`${program} ${config} ${port} ${way.user === null ? way.host : `${way.user}@${way.host}`}`;
  return isLine(line) ? line : program;
}

const podList = ({ way }: Point): string =>
  way.method === 'kubectl' && way.namespace !== null ? shown`kubectl get pods -n ${way.namespace}` : 'kubectl get pods -A';

const machineOf = (way: Point['way']): string =>
  way.method === 'vagrant' ? way.machine : way.method === 'lima' ? way.instance : '';

function programOf({ way, sudo }: Point): string {
  switch (way.method) {
    case 'local':
      return sudo ? 'sudo' : 'sh';
    case 'ssh':
      return 'ssh';
    case 'vagrant':
      return 'vagrant or ssh';
    case 'kubectl':
    case 'node':
      return 'kubectl';
    case 'netns':
      return sudo ? 'sudo' : 'ip';
    case 'lima':
      return 'limactl';
    case 'command':
      return way.command[0]!;
    default:
      return way.method;
  }
}

const lastLine = (words: string): string =>
  words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/listening on|packets? (?:captured|received|dropped)|Pseudo-terminal/.test(line))
    .at(-1) ?? '';

import { expect, it } from 'vitest';
import { commandAt, shownCommand } from '../../src/points/command.js';
import type { Point } from '../../src/points/point.js';
import { pointsOf, readPointArgument, readPoints } from '../../src/points/read.js';
import { pointsJsonSchema } from '../../src/points/schema.js';
import { readTarget } from '../../src/points/target.js';
import { guarded } from '../../src/points/watchdog.js';

const read = (text: string) => readPoints({ name: 'labs/lab.yaml', text });
const problems = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    expect((error as { code: string }).code).toBe('points');
    return (error as Error).message;
  }
  return '';
};

it('reads a file of points', () => {
  const { points, ...rest } = read(`
points:
  router:  { ssh: vagrant@192.168.10.200, sudo: true, interfaces: any }
  k8s-ctr: { local: true, interfaces: [eth1, cilium_vxlan] }
  curl:    { kubectl: default/curl-pod, container: app }
  node:    { node: kind-worker, image: nicolaka/netshoot }
  leaf1:   { docker: clab-lab-leaf1 }
  host-a:  { netns: host-a, filter: "icmp" }
  other:   { command: [lxc, exec, c1, --] }
cluster: { cilium: true }
context: kind-lab
filter: "icmp or tcp port 80 or udp port 8472"
snaplen: 128
sshConfig: ssh.conf
topology: lab-topology.yaml
`);
  expect(rest).toEqual({
    cluster: { kubectl: true, cilium: true, context: 'kind-lab' },
    filter: 'icmp or tcp port 80 or udp port 8472',
    snapLength: 128,
    topology: ['labs/lab-topology.yaml'],
  });
  const plain = { sudo: false, interfaces: 'any', filter: null, image: null };
  expect(points).toEqual([
    {
      ...plain,
      name: 'router',
      sudo: true,
      way: { method: 'ssh', user: 'vagrant', host: '192.168.10.200', port: null, config: 'labs/ssh.conf' },
    },
    { ...plain, name: 'k8s-ctr', way: { method: 'local' }, interfaces: ['eth1', 'cilium_vxlan'] },
    {
      ...plain,
      name: 'curl',
      way: { method: 'kubectl', context: 'kind-lab', namespace: 'default', pod: 'curl-pod', container: 'app' },
    },
    {
      ...plain,
      name: 'node',
      image: 'nicolaka/netshoot',
      way: { method: 'node', context: 'kind-lab', namespace: null, node: 'kind-worker' },
    },
    { ...plain, name: 'leaf1', way: { method: 'docker', container: 'clab-lab-leaf1' } },
    { ...plain, name: 'host-a', way: { method: 'netns', netns: 'host-a' }, filter: 'icmp' },
    { ...plain, name: 'other', way: { method: 'command', command: ['lxc', 'exec', 'c1', '--'], joins: false } },
  ]);
});

it('tells every mistake with its place and what to write', () => {
  expect(
    problems(`points:
  router: { shh: a }
  two: { local: true, netns: x }
  none: { sudo: true }
  -x: { local: true }
  bad: { ssh: "-oProxyCommand=id" }
  pod: { kubectl: Default/Pod }
  node: { node: w1 }
  late: { docker: a, joins: true }
  dev: { local: true, interfaces: ["-w/etc/passwd"] }
snaplen: 0
`).split('\n'),
  ).toMatchInlineSnapshot(`
    [
      "labs/lab.yaml:2:11: points.router: nothing says how to get there; write one of local, ssh, kubectl, node, docker, podman, nerdctl, netns, vagrant, lima, command",
      "labs/lab.yaml:2:13: unknown key 'shh' in points.router; did you mean 'ssh'?",
      "labs/lab.yaml:3:30: points.two.netns: two ways to one point, local and netns; leave one",
      "labs/lab.yaml:4:9: points.none: nothing says how to get there; write one of local, ssh, kubectl, node, docker, podman, nerdctl, netns, vagrant, lima, command",
      "labs/lab.yaml:5:3: '-x' is not a name for a point; write one such as router",
      "labs/lab.yaml:6:15: points.bad.ssh: '-oProxyCommand=id' is not a host; write one such as 192.168.10.200",
      "labs/lab.yaml:7:19: points.pod.kubectl: 'Default' is not a name in a cluster; write one such as curl-pod",
      "labs/lab.yaml:8:17: points.node.node: a node is captured by a container of an image that has tcpdump; add image: nicolaka/netshoot, or one of your own",
      "labs/lab.yaml:9:29: points.late.joins: this is about command, which is not here",
      "labs/lab.yaml:10:36: points.dev.interfaces.0: '-w/etc/passwd' is not an interface; write one such as eth1",
      "labs/lab.yaml:11:10: snaplen: this must be at least 1",
    ]
  `);
  expect(problems('points: {}\n')).toMatchInlineSnapshot(`"labs/lab.yaml:1:9: points: no point is named"`);
  expect(problems('filter: icmp\n')).toMatchInlineSnapshot(`"labs/lab.yaml:1:1: points: a mapping is missing here"`);
});

it('reads points from arguments', () => {
  expect(readTarget('ssh:vagrant@192.168.10.200:2222')).toEqual({
    method: 'ssh',
    user: 'vagrant',
    host: '192.168.10.200',
    port: 2222,
    config: null,
  });
  expect(readTarget('ssh:root@[fd00::1]:22')).toMatchObject({ host: 'fd00::1', port: 22 });
  expect(readTarget('ssh:fd00::1')).toMatchObject({ user: null, host: 'fd00::1', port: null });
  expect(readTarget('kubectl:curl-pod')).toMatchObject({ namespace: null, pod: 'curl-pod' });
  expect(readPointArgument('k8s-ctr=local')).toEqual({ name: 'k8s-ctr', way: { method: 'local' } });
  // Files, and what belongs to other programs.
  for (const other of ['lab.yaml', 'labs/a=b.yaml', 'curl']) expect(readPointArgument(other)).toBeNull();
});

it('refuses names that a tool could take for something else', () => {
  const said = (argument: string): string => {
    try {
      readPointArgument(argument);
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };
  const wrong = [
    'r=ssh:-oProxyCommand=reboot',
    'r=ssh:a b@host',
    'r=ssh:host:99999',
    'r=ssh:',
    'r=ssh:host\n-x',
    'r=kubectl:-n/kube-system',
    'r=kubectl:a/b/c',
    'r=docker:--privileged',
    'r=docker:a;reboot',
    'r=netns:../../etc',
    'r=netns:-a',
    'r=vagrant:$(id)',
    'r=dokcer:a',
    'r=what',
    '-r=local',
    'a b=local',
    '=local',
  ];
  expect(wrong.map(said)).toMatchInlineSnapshot(`
    [
      "r: '-oProxyCommand=reboot' is not a host; write one such as 192.168.10.200",
      "r: 'a b' is not a user; write one such as vagrant",
      "r: 'host:99999': '99999' is no port; write a number from 1 to 65535",
      "r: 'ssh:': write ssh:[USER@]HOST[:PORT]",
      "r: 'host\\n-x' is not a host; write one such as 192.168.10.200",
      "r: '-n' is not a name in a cluster; write one such as curl-pod",
      "r: 'a/b/c': write NAMESPACE/POD",
      "r: '--privileged' is not a container; write one such as clab-lab-leaf1",
      "r: 'a;reboot' is not a container; write one such as clab-lab-leaf1",
      "r: '../../etc' is not a network namespace; write one such as host-a",
      "r: '-a' is not a network namespace; write one such as host-a",
      "r: '$(id)' is not a machine; write one such as k8s-w0",
      "r: 'dokcer:a' is no way to a point; did you mean 'docker'?",
      "r: 'what' is no way to a point; write local, ssh:[USER@]HOST[:PORT], kubectl:[NAMESPACE/]POD, node:NODE, docker:CONTAINER, podman:CONTAINER, nerdctl:CONTAINER, netns:NAMESPACE, vagrant:MACHINE, lima:INSTANCE",
      "'-r' is not a name for a point; write one such as router",
      "'a b' is not a name for a point; write one such as router",
      "'' is not a name for a point; write one such as router",
    ]
  `);
});

it('asks for an image where a node is captured, and for names of their own', () => {
  const defaults = { sudo: false, interfaces: 'any', image: null, sshConfig: null, context: null } as const;
  const node = readPointArgument('w=node:kind-worker')!;
  expect(() => pointsOf([node], defaults)).toThrow(
    'w: a node is captured by a container of an image that has tcpdump; add --image',
  );
  expect(pointsOf([node], { ...defaults, image: 'a/b', context: 'c' })[0]?.way).toMatchObject({ context: 'c' });
  const local = readPointArgument('a=local')!;
  expect(() => pointsOf([local, local], defaults)).toThrow("two points are called 'a'; give one of them another name");
});

it('makes one command for each way', () => {
  const argv = ['tcpdump', '-i', 'any', "it's $HOME"];
  const inner = guarded(argv);
  const joined = `sh -c '${inner[2]}' sh tcpdump -i any 'it'\\''s $HOME'`;
  const at = (target: string, more: Partial<Point> = {}): string[] => {
    const [point] = pointsOf([readPointArgument(`p=${target}`)!], {
      sudo: false,
      interfaces: 'any',
      image: 'img',
      sshConfig: null,
      context: null,
    });
    return commandAt({ ...point!, image: null, ...more }, argv);
  };
  const ssh = [
    'ssh',
    '-T',
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=10',
    '-o',
    'ServerAliveInterval=10',
    '-o',
    'ServerAliveCountMax=3',
  ];
  expect(inner[2]).not.toMatch(/['\\\n]/);
  expect(at('local')).toEqual(inner);
  expect(at('local', { sudo: true })).toEqual(['sudo', '-n', ...inner]);
  expect(at('ssh:a@h:22')).toEqual([...ssh, '-p', '22', '--', 'a@h', joined]);
  expect(at('ssh:h', { sudo: true })).toEqual([...ssh, '--', 'h', `sudo -n ${joined}`]);
  expect(at('kubectl:ns/pod')).toEqual(['kubectl', 'exec', '-i', '-n', 'ns', 'pod', '--', ...inner]);
  expect(at('docker:c')).toEqual(['docker', 'exec', '-i', 'c', ...inner]);
  expect(at('podman:c', { sudo: true })).toEqual(['podman', 'exec', '-i', '--privileged', '--user', '0', 'c', ...inner]);
  expect(at('nerdctl:c', { image: 'img' })).toEqual(
    ['nerdctl', 'run', '--rm', '-i', '--network', 'container:c', '--cap-add', 'NET_ADMIN', '--cap-add', 'NET_RAW'].concat([
      '--entrypoint',
      'sh',
      'img',
      ...inner.slice(1),
    ]),
  );
  expect(at('netns:n', { sudo: true })).toEqual(['sudo', '-n', 'ip', 'netns', 'exec', 'n', ...inner]);
  expect(at('lima:l')).toEqual(['limactl', 'shell', '--workdir', '/', 'l', ...inner]);
  expect(shownCommand(at('docker:c'))).toMatch(/^docker exec -i c sh -c '.*' sh tcpdump -i any 'it'\\''s \$HOME'$/);
});

it('has a JSON Schema', async () => {
  await expect(`${JSON.stringify(pointsJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../schema/points.schema.json');
});

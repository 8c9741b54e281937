#!/usr/bin/env node
// Stands in for kubectl, docker, podman, nerdctl, vagrant, limactl and sudo: takes the arguments that their documentation describes, and none
// else, and runs the command in a network namespace. What there is, is in the file that STAND_IN names.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const path = process.env.STAND_IN;
const world = JSON.parse(readFileSync(path, 'utf8'));
const tool = basename(process.argv[1]);
const words = process.argv.slice(2);
appendFileSync(`${path}.log`, `${JSON.stringify([tool, ...words])}\n`);

const fail = (text, code = 1) => {
  process.stderr.write(`${text}\n`);
  process.exit(code);
};
/** Options before the first operand, by their documentation; all others are refused. */
function options(known) {
  const given = {};
  while (words[0]?.startsWith('-') && words[0] !== '--') {
    const word = words.shift();
    const [name, joined] = word.split(/=(.*)/s);
    if (!(name in known)) fail(`unknown flag: ${word}`);
    const value = known[name] === 'switch' ? true : (joined ?? words.shift());
    given[name] = name in given ? [given[name], value].flat() : value;
  }
  return given;
}

function run(argv, { bare = false, first } = {}) {
  const env = { ...process.env, ...(bare && { PATH: world.bare }), ...(first && { PATH: `${first}:${process.env.PATH}` }) };
  const child = spawn('/usr/sbin/ip', ['netns', 'exec', world.netns, ...argv], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
const command = () =>
  words.shift() === '--' && words.length > 0 ? words : fail('error: you must specify at least one command for the container');
const save = () => writeFileSync(path, JSON.stringify(world));
const noShell =
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown';

const tools = {
  kubectl() {
    const { '--context': context, '-n': namespaceOf = 'default' } = options({
      '--context': 'value',
      '--request-timeout': 'value',
      '-n': 'value',
    });
    if (context !== undefined && context !== world.context) fail(`error: context "${context}" does not exist`);
    const verb = words.shift();
    if (verb === 'get') {
      const kind = words.shift();
      if (words[0] !== undefined && !words[0].startsWith('-')) words.shift();
      const { '-o': format } = options({ '-A': 'switch', '-l': 'value', '-o': 'value' });
      const found = world.objects[kind];
      if (format !== 'json' || words.length > 0) fail('it is not asked for as JSON');
      if (found === undefined) fail(`error: the server doesn't have a resource type "${kind}"`);
      if (found === 'forbidden')
        fail(
          `Error from server (Forbidden): ${kind} is forbidden: User "me" cannot list resource "${kind}" in API group "" at the cluster scope`,
        );
      process.stdout.write(JSON.stringify(found));
      return;
    }
    if (verb === 'exec') {
      const { '-n': namespace = namespaceOf, '-i': stdin } = options({ '-n': 'value', '-i': 'switch' });
      const name = words.shift();
      const { '-c': container } = options({ '-c': 'value' });
      const pod = world.pods[`${namespace}/${name}`];
      if (stdin !== true) fail('no -i: nothing would come of what is written');
      if (pod === undefined) fail(`Error from server (NotFound): pods "${name}" not found`);
      if (pod.forbidden)
        fail(
          `Error from server (Forbidden): pods "${name}" is forbidden: User "me" cannot create resource "pods/exec" in API group "" in the namespace "${namespace}"`,
        );
      const debug = container !== undefined && pod.debug?.includes(container);
      if (container !== undefined && !debug && container !== pod.container)
        fail(`error: container ${container} not found in pod ${name}_${namespace}`);
      const argv = command();
      if (pod.shell === false && !debug)
        fail(`error: Internal error occurred: ${noShell}\ncommand terminated with exit code 126`, 126);
      return run(argv, { bare: pod.tcpdump === false && !debug, first: pod.tools });
    }
    if (verb === 'debug') {
      const given = options({ '-n': 'value', '-i': 'switch' });
      const target = words.shift();
      const more = options({ '-c': 'value', '--image': 'value', '--profile': 'value' });
      if (more['--image'] === world.missingImage) fail('Error: ErrImagePull');
      if (more['--image'] === undefined || more['--profile'] !== 'netadmin' || given['-i'] !== true)
        fail('error: --image is required');
      const argv = command();
      if (target.startsWith('node/')) {
        if (!world.nodes.includes(target.slice(5))) fail(`Error from server (NotFound): nodes "${target.slice(5)}" not found`);
        const name = `node-debugger-${target.slice(5)}-x7k2p`;
        world.pods[`default/${name}`] = { container: 'debugger' };
        process.stdout.write(`Creating debugging pod ${name} with container debugger on node ${target.slice(5)}.\n`);
      } else {
        const pod = world.pods[`${given['-n'] ?? 'default'}/${target}`];
        if (pod === undefined) fail(`Error from server (NotFound): pods "${target}" not found`);
        pod.debug = [...(pod.debug ?? []), more['-c']];
        process.stderr.write(`If you don't see a command prompt, try pressing enter.\n`);
      }
      save();
      return run(argv);
    }
    if (verb === 'delete' && words.shift() === 'pod') {
      const { '-n': namespace = 'default' } = options({ '-n': 'value' });
      const name = words.shift();
      options({ '--wait': 'value' });
      delete world.pods[`${namespace}/${name}`];
      save();
      return;
    }
    fail(`error: unknown command "${verb}" for "kubectl"`);
  },
  docker() {
    const verb = words.shift();
    const find = (name) => {
      const container = world.containers[name];
      if (container === undefined)
        fail(
          tool === 'podman'
            ? `Error: no container with name or ID "${name}" found: no such container`
            : `Error response from daemon: No such container: ${name}`,
        );
      if (container.running === false) fail(`Error response from daemon: container ${name} is not running`);
      return container;
    };
    if (world.noDaemon)
      fail('permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock');
    if (verb === 'exec') {
      const given = options({ '-i': 'switch', '--privileged': 'switch', '--user': 'value' });
      const container = find(words.shift());
      if (given['-i'] !== true || words.length === 0) fail('"docker exec" requires at least 2 arguments.');
      if (container.shell === false) fail(noShell, 126);
      return run(words, { bare: container.tcpdump === false });
    }
    if (verb === 'run') {
      const given = options({
        '--rm': 'switch',
        '-i': 'switch',
        '--network': 'value',
        '--cap-add': 'value',
        '--entrypoint': 'value',
      });
      if (given['--rm'] !== true || given['-i'] !== true) fail('it would stay');
      if (String(given['--cap-add']) !== 'NET_ADMIN,NET_RAW') fail('no rights to capture');
      find(given['--network'].replace(/^container:/, ''));
      const image = words.shift();
      if (image === world.missingImage)
        fail(`Unable to find image '${image}' locally\ndocker: Error response from daemon: pull access denied for ${image}`, 125);
      return run([given['--entrypoint'], ...words]);
    }
    fail(`${tool}: '${verb}' is not a ${tool} command.`);
  },
  limactl() {
    if (words.shift() !== 'shell') fail('unknown command');
    const { '--workdir': folder } = options({ '--workdir': 'value' });
    const name = words.shift();
    if (folder === undefined) fail('it would change to a folder that is not there');
    if (!(name in world.instances))
      fail(
        `time="2026-11-30T11:00:00Z" level=fatal msg="instance \\"${name}\\" does not exist, run \`limactl create ${name}\` to create a new instance"`,
      );
    if (!world.instances[name])
      fail(
        `time="2026-11-30T11:00:00Z" level=fatal msg="instance \\"${name}\\" is stopped, run \`limactl start ${name}\` to start the instance"`,
      );
    return run(words);
  },
  vagrant() {
    if (words.shift() !== 'ssh-config') fail('unknown command');
    const machine = words.shift();
    if (!world.machines.includes(machine))
      fail(`The machine with the name '${machine}' was not found configured for\nthis Vagrant environment.`);
    process.stdout.write(
      `Host ${machine}\n  HostName 127.0.0.1\n  User vagrant\n  Port 2222\n  UserKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n  PasswordAuthentication no\n  IdentityFile "/keys/a b/key"\n  IdentitiesOnly yes\n  LogLevel FATAL\n  ProxyCommand sh -c 'echo no'\n`,
    );
  },
  /** What a shell at the other end reads is one text; it stands for that shell. */
  ssh() {
    const given = options({ '-T': 'switch', '-o': 'value', '-F': 'value', '-p': 'value' });
    if (!given['-o'].includes('BatchMode=yes')) fail('it would ask for a password');
    const said = world.ssh[words[1]];
    if (words.shift() !== '--' || words.length !== 2) fail('usage: ssh destination [command]', 255);
    if (said !== undefined) fail(said, 255);
    return run([world.loginShell ?? 'sh', '-c', words[1]]);
  },
  sudo() {
    if (words.shift() !== '-n') fail('sudo would ask');
    if (world.sudo === false) fail('sudo: a password is required');
    const child = spawn(words[0], words.slice(1), { stdio: 'inherit' });
    child.on('exit', (code) => process.exit(code ?? 1));
  },
};
tools.podman = tools.nerdctl = tools.docker;
tools[tool]();

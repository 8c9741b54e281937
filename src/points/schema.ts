// The shape of a points file. The JSON Schema that editors complete from is made from it (schema/points.schema.json).
import * as z from 'zod';
import { isName, type NameKind, notName, podWay, sshWay } from './target.js';

const name = (kind: NameKind) =>
  z.string().refine((text) => isName(kind, text), { error: (issue) => notName(kind, String(issue.input)) });

/** Text that a function reads, which throws for what it cannot. */
const readable = (read: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

const interfaces = z
  .union([name('interface'), z.array(name('interface')).min(1)], { error: 'write any, or names: [eth1, eth2]' })
  .describe('any: one capture of all; names: one capture each');
const filter = z
  .string()
  .min(1, 'it is empty; leave it out')
  .max(10_000)
  .describe('As pcap-filter(7) has it, as tcpdump takes it');

/** The ways to a point: exactly one of these keys. */
const ways = {
  local: z.literal(true).optional().describe('This machine'),
  ssh: readable((text) => sshWay(text))
    .optional()
    .describe('[USER@]HOST[:PORT], with your configuration, agent and jump hosts'),
  kubectl: readable(podWay).optional().describe('[NAMESPACE/]POD'),
  node: name('object').optional().describe('A node of the cluster, by kubectl debug node/; needs an image'),
  docker: name('container').optional(),
  podman: name('container').optional(),
  nerdctl: name('container').optional(),
  netns: name('netns').optional().describe('A network namespace of this machine, as ip netns list prints it'),
  vagrant: name('machine').optional(),
  lima: name('machine').optional(),
  command: z.array(name('word')).min(1).optional().describe('A program that runs its arguments elsewhere, and its first words'),
};

export type WayKey = keyof typeof ways;
export const WAYS = Object.keys(ways) as readonly WayKey[];

const point = z
  .strictObject({
    ...ways,
    sudo: z.boolean().optional().describe('Capture by sudo -n there; in a container as root with every right'),
    interfaces: interfaces.optional(),
    filter: filter.optional(),
    image: name('image').optional().describe('An image with tcpdump and a shell, where the pod or container has none'),
    container: name('object').optional().describe('With kubectl: which container of the pod'),
    joins: z.boolean().optional().describe('With command: it hands its arguments to a shell there, as ssh does'),
  })
  .superRefine((one, context) => {
    const given = WAYS.filter((key) => one[key] !== undefined);
    const say = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', message, path });
    if (given.length === 0) say(`nothing says how to get there; write one of ${WAYS.join(', ')}`);
    if (given.length > 1) say(`two ways to one point, ${given.join(' and ')}; leave one`, [given[1]!]);
    if (one.node !== undefined && one.image === undefined)
      say('a node is captured by a container of an image that has tcpdump; add image: nicolaka/netshoot, or one of your own', [
        'node',
      ]);
    if (one.container !== undefined && one.kubectl === undefined) say('only a pod has containers to choose from', ['container']);
    if (one.joins !== undefined && one.command === undefined) say('this is about command, which is not here', ['joins']);
    if (one.command?.[0] === '') say('the name of the program is empty', ['command']);
  });

export const pointsShape = z.strictObject({
  points: z.record(name('point'), point).refine((points) => Object.keys(points).length > 0, 'no point is named'),
  cluster: z
    .strictObject({
      kubectl: z.boolean().optional().describe('Nodes, pods, services, endpoint slices'),
      cilium: z.boolean().optional().describe("Cilium's nodes, endpoints, identities and tables"),
    })
    .optional()
    .describe('What is asked of the cluster'),
  context: name('context').optional().describe('Of kubectl; left out: the current one'),
  filter: filter.optional(),
  interfaces: interfaces.optional(),
  image: name('image').optional(),
  sudo: z.boolean().optional(),
  snaplen: z.int().min(1).max(262_144).optional().describe('Bytes of each packet; left out: all'),
  sshConfig: z.string().min(1).optional().describe('A file as ssh -F reads it, such as vagrant ssh-config prints'),
  topology: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe('Topology files'),
});

export type PointsFile = z.infer<typeof pointsShape>;
export type PointEntry = z.infer<typeof point>;

/** JSON Schema (draft 2020-12) of a points file. */
export function pointsJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(pointsShape, { io: 'input' }) as Record<string, unknown>;
  return { $schema, $id: 'points.schema.json', title: 'hopscope capture points', ...schema };
}

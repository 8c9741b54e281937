// Points files from what the tools of a lab list, in the forms that their documentation shows.
import { expect, it } from 'vitest';
import { pointsFile } from '../../src/points/discover.js';
import { readPoints } from '../../src/points/read.js';

const nodes = JSON.stringify({
  items: [{ metadata: { name: 'kind-control-plane' } }, { metadata: { name: 'w1' } }, { metadata: { name: 'here' } }],
});
const pod = (namespace: string, name: string, labels = {}, phase = 'Running') => ({
  metadata: { namespace, name, labels },
  status: { phase },
});
const pods = JSON.stringify({
  items: [
    pod('default', 'curl-pod'),
    pod('shop', 'web-7d4b9c'),
    pod('kube-system', 'cilium-x2v', { 'k8s-app': 'cilium' }),
    pod('default', 'done', {}, 'Succeeded'),
  ],
});
const docker = [
  { Names: 'kind-control-plane', Labels: 'io.x-k8s.kind.cluster=kind,io.x-k8s.kind.role=control-plane' },
  { Names: 'clab-lab-leaf1', Labels: 'clab-node-name=leaf1,containerlab=lab' },
  { Names: 'database', Labels: '' },
  { Names: '--privileged', Labels: '' },
];
const lines = (list: readonly object[]) => list.map((one) => `${JSON.stringify(one)}\n`).join('');

it('puts down nodes, pods that were named, machines, containers and namespaces', () => {
  const file = pointsFile(
    {
      host: 'here',
      nodes,
      pods,
      docker: lines(docker),
      podman: lines([{ Names: ['router'], Labels: { 'clab-node-name': 'router', containerlab: 'two' } }]),
      vagrant: '1438619288,k8s-w0,metadata,provider,virtualbox\n1438619288,k8s-w0,state,running\n1438619288,off,state,poweroff\n',
      netns: 'host-a (id: 0)\nhost-b\ncni-3f2a4c1e-aaaa-bbbb-cccc-1234567890ab\n',
      ssh: 'Host w1\n  User root\nHost *.example !x\nHost=bastion yes\n# Host old\n',
    },
    ['default/curl-pod', 'nobody'],
  );
  expect(file?.unknownPods).toEqual(['nobody']);
  expect(`\n${file?.text}`).toMatchInlineSnapshot(`
    "
    # Points for \`hopscope capture\` and \`hopscope live\`: take out what is not of the lab, and add what is missing.

    points:
      k8s-w0: { vagrant: k8s-w0, sudo: true }
      kind-control-plane: { docker: kind-control-plane, image: nicolaka/netshoot }
      leaf1: { docker: clab-lab-leaf1 }
      router: { podman: router }
      w1: { ssh: w1, sudo: true }
      here: { local: true, sudo: true }
      curl-pod: { kubectl: default/curl-pod, image: nicolaka/netshoot }
      host-a: { netns: host-a, sudo: true }
      host-b: { netns: host-b, sudo: true }
      # Perhaps also:
      # database: { docker: database }
      # bastion: { ssh: bastion, sudo: true }
      # yes: { ssh: yes, sudo: true }
      # pods: 2 are not here; name those to capture in: hopscope capture --discover NAMESPACE/POD
    cluster:
      kubectl: true
      cilium: true
    "
  `);
  const { points, cluster } = readPoints({ name: 'lab.yaml', text: file?.text ?? '' });
  expect(points.map(({ name, way }) => `${name} ${way.method}`)).toEqual([
    'k8s-w0 vagrant',
    'kind-control-plane docker',
    'leaf1 docker',
    'router podman',
    'w1 ssh',
    'here local',
    'curl-pod kubectl',
    'host-a netns',
    'host-b netns',
  ]);
  expect(cluster).toEqual({ kubectl: true, cilium: true, context: null });
});

it('makes nothing of nothing, and of garbage', () => {
  expect(pointsFile({ host: 'h' }, [])).toBeNull();
  const junk = '{"items":[1,null,{"metadata":{"name":"-x"}},{"metadata":{"name":{}}}]}\n\u0000\n{]\nnull\n[]\n"x"\n';
  expect(
    pointsFile({ host: 'h', nodes: junk, pods: junk, docker: junk, podman: junk, vagrant: junk, netns: '', ssh: junk }, []),
  ).toBeNull();
});

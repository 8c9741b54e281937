// `capture --discover`: writes a points file from what the tools of the lab list.
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { safeText } from '../bytes/text.js';
import { UsageError } from '../errors.js';
import { readText } from '../main/read-text.js';
import { listAll, pointsFile } from '../points/discover.js';
import { EXIT } from './exit.js';
import { writeWhole } from './output.js';
import { print } from './streams.js';

/** `pods`: those to capture in, as NAMESPACE/POD. `output`: where to write; undefined: standard output. */
export async function discover(pods: readonly string[], output: string | undefined): Promise<void> {
  const note = (text: string) => process.stderr.write(`hopscope: ${safeText(text)}\n`);
  const listed = await listAll(hostname(), sshConfig(), note);
  const file = pointsFile(listed, pods);
  if (file === null)
    throw new UsageError(
      'no tool that is installed here lists a lab (kubectl, vagrant, docker, podman, nerdctl, ip netns, ~/.ssh/config); name the points: router=ssh:USER@HOST',
    );
  for (const pod of file.unknownPods) note(`no pod that runs is called ${pod}; 'kubectl get pods -A' lists them`);
  if (output === undefined) await print(file.text);
  else await writeWhole(output, file.text);
  process.exitCode = file.unknownPods.length > 0 ? EXIT.usage : EXIT.good;
}

function sshConfig(): string | undefined {
  try {
    return readText(join(homedir(), '.ssh', 'config'));
  } catch {
    return undefined;
  }
}

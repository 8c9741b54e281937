// `capture --redact`: a bundle for others to see.

import { safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import { UsageError } from '../errors.js';

/** `words`: the bundle. `output`: the folder to write; undefined: beside it. Throws UsageError, CaptureError. */
export async function redactBundle(words: readonly string[], output: string | undefined): Promise<void> {
  const [bundle] = words.map((word) => word.replace(/(?<=.)\/+$/, ''));
  if (bundle === undefined || words.length > 1)
    throw new UsageError('--redact takes one bundle: hopscope capture --redact run1 -o shared');
  const folder = output?.replace(/(?<=.)\/+$/, '') ?? `${bundle}-redacted`;
  const { redact } = await import('../main/redact.js');
  const { files, frames, names, addresses, remains } = await redact(bundle, folder);
  const say = (text: string) => process.stderr.write(`${safeText(text)}\n`);
  say(
    `${folder}: ${quantity(files, 'file')}, ${quantity(frames, 'packet')}; ${quantity(names, 'name')} and ${quantity(addresses, 'public address', 'public addresses')} replaced`,
  );
  say('It may still tell who you are:');
  for (const line of remains) say(`  - ${line}`);
}

import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { PLAIN } from '../main/options.js';

const run = async (path: string) => {
  const rules = { only: ['capture-unknown-link'], except: [], settings: [] };
  return (await analyze({ ...PLAIN, files: [{ point: null, path }], rules })).findings;
};

describe('capture-unknown-link', () => {
  it('names and counts frames that nothing was read of: undecided, never a pass', async () => {
    const [finding, ...others] = await run('captures/unknown-link.pcap');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ verdict: 'inconclusive', count: 3 });
    expect(finding.title).toContain('USB_LINUX');
  });

  it('is silent on link types that are read', async () => {
    expect(await run('captures/native-missing-route.pcap')).toEqual([]);
    expect(await run('captures/cooked-v1.pcapng')).toEqual([]);
  });
});

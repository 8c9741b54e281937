// Captures are read by the thread that asks for them: what remote-packets.ts has, where there are no threads for it.
import type { AnalyzeOptions } from './options.js';
import type { PacketSource } from './packets.js';

export const ownThreads = ({ files }: Pick<AnalyzeOptions, 'files'>): boolean[] => files.map(() => false);

export const startThreads = (): void => undefined;

export function remotePackets(): PacketSource {
  throw new Error('there are no threads that read captures');
}

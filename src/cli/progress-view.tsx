import { Box, render, Text } from 'ink';
import type { Progress } from '../main/options.js';
import { quantity } from '../report/causes.js';
import { stopped } from './streams.js';

export interface ProgressView {
  show(progress: Progress, elapsedMs: number): void;
  close(): void;
}

const BAR = 24;

/** `1.2 GB`; a million bytes are a megabyte, as on a disk. */
const megabytes = (bytes: number) => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);

function Bar({ part }: { part: number }) {
  const full = Math.round(part * BAR);
  return (
    <Text>
      <Text color="cyan">{'━'.repeat(full)}</Text>
      <Text dimColor>{'─'.repeat(BAR - full)}</Text> {String(Math.floor(part * 100)).padStart(3)} %
    </Text>
  );
}

function View({ progress, elapsedMs }: { progress: Progress; elapsedMs: number }) {
  const { bytes, totalBytes, frames } = progress;
  const part = totalBytes ? Math.min(1, bytes / totalBytes) : null;
  const left = part !== null && part > 0.02 ? Math.ceil((elapsedMs * (1 - part)) / part / 1000) : null;
  const facts = [quantity(frames, 'frame'), megabytes(bytes), `${megabytes((bytes * 1000) / elapsedMs)}/s`];
  if (left !== null) facts.push(`${left} s left`);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-end">
        {part === null ? <Text dimColor>reading</Text> : <Bar part={part} />} {facts.join('  ')}
      </Text>
      <Text dimColor wrap="truncate-end">
        {stopped.aborted ? 'stopping: the report follows' : 'Ctrl-C ends the load and reports what was read'}
      </Text>
    </Box>
  );
}

export function openProgressView(): ProgressView {
  const ink = render(null, {
    stdout: process.stderr,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return {
    show: (progress, elapsedMs) => ink.rerender(<View progress={progress} elapsedMs={elapsedMs} />),
    close() {
      ink.clear();
      ink.unmount();
    },
  };
}

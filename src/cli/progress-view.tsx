import { Box, Text } from 'ink';
import { duration, quantity, size } from '../bytes/units.js';
import type { Progress } from '../main/options.js';
import { openInk } from './ink-view.js';

export interface ProgressView {
  /** `isStopping`: the user has asked for the end. */
  show(progress: Progress, elapsedMs: number, isStopping: boolean): void;
  close(): void;
}

const BAR = 24;

function Bar({ part }: { part: number }) {
  const full = Math.round(part * BAR);
  return (
    <Text>
      <Text color="cyan">{'━'.repeat(full)}</Text>
      <Text dimColor>{'─'.repeat(BAR - full)}</Text> {String(Math.floor(part * 100)).padStart(3)} %
    </Text>
  );
}

function View({ progress, elapsedMs, isStopping }: { progress: Progress; elapsedMs: number; isStopping: boolean }) {
  const { bytes, totalBytes, frames } = progress;
  const part = totalBytes ? Math.min(1, bytes / totalBytes) : null;
  const left = part !== null && part > 0.02 ? Math.ceil((elapsedMs * (1 - part)) / part / 1000) : null;
  const facts = [quantity(frames, 'frame'), size(bytes), `${size((bytes * 1000) / elapsedMs)}/s`];
  if (left !== null) facts.push(`${duration(left * 1e9)} left`);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-end">
        {part === null ? <Text dimColor>reading</Text> : <Bar part={part} />} {facts.join('  ')}
      </Text>
      <Text dimColor wrap="truncate-end">
        {isStopping ? 'stopping: the report follows' : 'Ctrl-C ends the load and reports what was read'}
      </Text>
    </Box>
  );
}

export function openProgressView(): ProgressView {
  const ink = openInk(null, true);
  return {
    show: (progress, elapsedMs, isStopping) =>
      ink.show(<View progress={progress} elapsedMs={elapsedMs} isStopping={isStopping} />),
    close() {
      ink.close();
    },
  };
}

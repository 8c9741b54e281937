// The points of `capture` on a terminal: a line each, below what it prints.
import { Box, Text, useStdout } from 'ink';
import { displayWidth, pad, safeText } from '../bytes/text.js';
import { grouped, size } from '../bytes/units.js';
import type { Taking } from '../collect/taking.js';
import { openInk } from './ink-view.js';

export interface CaptureView {
  show(stage: string): void;
  /** Prints lines above the points. */
  print(text: string): void;
  close(): void;
}

/** More do not fit on a screen: those that capture without trouble are left out first. */
const MOST = 12;

const COLORS: Readonly<Record<string, string>> = { running: 'green', failed: 'red', lost: 'red', full: 'yellow' };

interface Shown {
  readonly takings: readonly Taking[];
  readonly stage: string;
}

interface Writers {
  print: (text: string) => void;
}

function View({ takings, stage, writers }: Shown & { readonly writers: Writers }) {
  // Ink's own way of writing past what it shows.
  writers.print = useStdout().write;
  const troubled = [...takings].sort((a, b) => Number(a.state === 'running') - Number(b.state === 'running')).slice(0, MOST);
  const shown = takings.filter((taking) => troubled.includes(taking));
  const width = Math.max(...shown.map(({ name }) => displayWidth(name)));
  return (
    <Box flexDirection="column">
      {shown.map((taking) => (
        <Text key={taking.name} wrap="truncate-end">
          {pad(taking.name, width)} <Text color={COLORS[taking.state] ?? 'cyan'}>{pad(taking.state, 8)}</Text> {factsOf(taking)}
        </Text>
      ))}
      <Text dimColor wrap="truncate-end">
        {safeText(stage)}
        {takings.length > shown.length ? ` (and ${takings.length - shown.length} more points)` : ''}
      </Text>
    </Box>
  );
}

/** Packets, bytes, drops; or why there are none. */
export function factsOf({ failed, recordings }: Taking): string {
  const why = failed ?? recordings.find((one) => one.why !== null)?.why;
  const sum = (of: (one: (typeof recordings)[number]) => number) => recordings.reduce((total, one) => total + of(one), 0);
  const dropped = recordings.every((one) => one.dropped === null) ? '-' : grouped(sum((one) => one.dropped ?? 0));
  const counts = `${grouped(sum(({ frames }) => frames)).padStart(10)} packets ${size(sum(({ bytes }) => bytes)).padStart(8)}  drops ${dropped}`;
  return why == null ? counts : safeText(why);
}

export function openCaptureView(takings: readonly Taking[]): CaptureView {
  const writers: Writers = { print: (text) => process.stderr.write(text) };
  const view = (stage: string) => <View takings={takings} stage={stage} writers={writers} />;
  const ink = openInk(view(''), false);
  let open = true;
  return {
    // What it shows of the points changes by itself.
    show: (stage) => open && ink.show(view(stage)),
    print: (text) => (open ? writers.print(text) : process.stderr.write(text)),
    close() {
      if (!open) return;
      open = false;
      ink.close();
    },
  };
}

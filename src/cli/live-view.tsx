// The live summary: a few lines that stay below what is printed.

import { Box, Text, useStderr, useStdout } from 'ink';
import type { ReactNode } from 'react';
import { safeText } from '../bytes/text.js';
import { duration, grouped, quantity, rate } from '../bytes/units.js';
import type { LiveStatus } from '../main/live.js';
import { openInk } from './ink-view.js';

export interface LiveView {
  show(status: LiveStatus): void;
  /** Write to standard output and to standard error, above the summary. */
  print(text: string): void;
  note(text: string): void;
  close(): void;
}

const RULE = 40;

/** A line that is cut at the edge of the terminal. */
const Row = ({ children }: { children: ReactNode }) => <Text wrap="truncate-end">{children}</Text>;

function Summary({ status, columns, color }: { status: LiveStatus; columns: number; color: boolean }) {
  const { frames, frameRate, byteRate, dropped, conversations, asked, errors, warnings, resolved, elapsedMs } = status;
  // Left out where no colours are wanted: ink would take the terminal's word for it.
  const red = color ? ({ color: 'red', bold: true } as const) : {};
  const losses =
    dropped === null ? (
      <Text dimColor={color}>losses not known</Text>
    ) : dropped > 0 ? (
      <Text {...red}>{grouped(dropped)} lost</Text>
    ) : (
      'none lost'
    );
  return (
    <Box flexDirection="column">
      <Text dimColor={color}>{'─'.repeat(Math.min(RULE, columns - 1))}</Text>
      <Row>
        {duration(Math.round(elapsedMs / 1000) * 1e9)} · {grouped(Math.round(frameRate))} frames/s · {rate(byteRate * 8)} ·{' '}
        {losses} · {quantity(frames, 'frame')} · {quantity(conversations, 'conversation')}
      </Row>
      <Row>
        {asked.length === 0 ? (
          <Text dimColor={color}>nobody waits for an answer</Text>
        ) : (
          `no answer from ${waiting(asked, columns)}`
        )}
      </Row>
      <Row>
        {errors > 0 ? <Text {...red}>{quantity(errors, 'error')}</Text> : 'no error'}, {quantity(warnings, 'warning')}, {resolved}{' '}
        resolved · <Text dimColor={color}>Ctrl-C ends and reports</Text>
      </Row>
    </Box>
  );
}

/** As many as fit, and how many more there are. */
function waiting(asked: LiveStatus['asked'], columns: number): string {
  let text = '';
  for (const [i, { whom, waitingNs }] of asked.entries()) {
    const next = `${i === 0 ? '' : ', '}${safeText(whom)} (${duration(Math.max(0, waitingNs))})`;
    const more = `, ${asked.length - i} more`;
    if (i > 0 && text.length + next.length + more.length > columns - 'no answer from '.length) return text + more;
    text += next;
  }
  return text;
}

interface Writers {
  print: (text: string) => void;
  note: (text: string) => void;
}

function View({ status, color, writers }: { status: LiveStatus | null; color: boolean; writers: Writers }) {
  const { stdout, write } = useStdout();
  // Ink's own way of writing past what it shows. To ink the two streams are the other way round, see below.
  writers.print = useStderr().write;
  writers.note = write;
  return status === null ? null : <Summary status={status} columns={stdout.columns || 80} color={color} />;
}

export function openLiveView(color: boolean): LiveView {
  const writers: Writers = {
    print: (text) => process.stdout.write(text),
    note: (text) => process.stderr.write(text),
  };
  let open = true;
  const view = (status: LiveStatus | null) => <View status={status} color={color} writers={writers} />;
  // The summary goes to standard error: what is printed may go into a file.
  const ink = openInk(view(null), true, { stderr: process.stdout });
  return {
    show: (status) => open && ink.show(view(status)),
    print: (text) => writers.print(text),
    note: (text) => writers.note(text),
    close() {
      if (!open) return;
      open = false;
      ink.close();
    },
  };
}

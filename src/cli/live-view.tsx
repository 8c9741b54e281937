// The live summary: four lines that stay below what is printed.
import { Box, render, Text } from 'ink';
import { safeText } from '../bytes/text.js';
import type { LiveStatus } from '../main/live.js';
import { grouped, quantity, span } from '../report/causes.js';

export interface LiveView {
  show(status: LiveStatus): void;
  /** Text above the summary. */
  above(write: () => void): void;
  close(): void;
}

const ASKED = 3;

function View({ status }: { status: LiveStatus }) {
  const { frames, frameRate, byteRate, dropped, conversations, asked, errors, warnings, resolved, elapsedMs } = status;
  const waiting = asked
    .slice(0, ASKED)
    .map(({ address, waitingNs }) => `${safeText(address)} (${span(BigInt(Math.max(0, Math.round(waitingNs))))})`);
  if (asked.length > ASKED) waiting.push(`${asked.length - ASKED} more`);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-end" dimColor>
        {'─'.repeat(40)}
      </Text>
      <Text wrap="truncate-end">
        {span(BigInt(Math.round(elapsedMs / 1000)) * 1_000_000_000n)} {quantity(frames, 'frame')}
        {'  '}
        {grouped(Math.round(frameRate))}/s {((byteRate * 8) / 1e6).toFixed(2)} Mbit/s{'  '}
        {dropped === null ? (
          <Text dimColor>drops not known</Text>
        ) : dropped > 0 ? (
          <Text color="red">{quantity(dropped, 'frame')} lost</Text>
        ) : (
          'none lost'
        )}
        {'  '}
        {quantity(conversations, 'conversation')}
      </Text>
      <Text wrap="truncate-end">
        {waiting.length === 0 ? 'nobody waits for an answer' : `asked for in vain: ${waiting.join(', ')}`}
      </Text>
      <Text wrap="truncate-end">
        {errors > 0 ? <Text color="red">{quantity(errors, 'error')}</Text> : 'no error'}, {quantity(warnings, 'warning')},{' '}
        {resolved} resolved <Text dimColor>Ctrl-C ends and reports</Text>
      </Text>
    </Box>
  );
}

export function openLiveView(): LiveView {
  const ink = render(null, { stdout: process.stderr, exitOnCtrlC: false, patchConsole: false });
  let last: LiveStatus | null = null;
  return {
    show(status) {
      last = status;
      ink.rerender(<View status={status} />);
    },
    above(write) {
      ink.clear();
      write();
      // Another object, or nothing would be drawn anew.
      if (last !== null) ink.rerender(<View status={{ ...last }} />);
    },
    close() {
      ink.clear();
      ink.unmount();
    },
  };
}

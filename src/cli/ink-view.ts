// A few lines that ink keeps below what is printed, until they are taken away.
import { type RenderOptions, render } from 'ink';
import type { ReactNode } from 'react';

export interface InkView {
  show(node: ReactNode): void;
  /** Nothing of it stays, and nothing above it goes. */
  close(): void;
}

/** On standard error. `isEmpty`: of the first node there is nothing to see yet. */
export function openInk(first: ReactNode, isEmpty: boolean, options: RenderOptions = {}): InkView {
  let isNothing = isEmpty;
  let isDrawn = false;
  const ink = render(first, {
    stdout: process.stderr,
    exitOnCtrlC: false,
    patchConsole: false,
    ...options,
    onRender: () => {
      isDrawn = !isNothing;
    },
  });
  return {
    show(node) {
      isNothing = false;
      ink.rerender(node);
    },
    close() {
      const wasDrawn = isDrawn;
      // Ink draws at most so often a second. Its own clear() takes the lines away, and then its unmount() draws what was still to be drawn
      // and erases as many lines once more: those above. An empty picture as the last one takes away what is there, and leaves a line feed.
      ink.rerender(null);
      ink.unmount();
      if (wasDrawn) process.stderr.write('\x1b[1A');
    },
  };
}

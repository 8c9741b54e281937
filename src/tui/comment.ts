// The line in which a comment is written. In it, a new line is a backslash and an n.
import { UsageError } from '../errors.js';
import type { Ui } from './view.js';
import { LineDialog } from './widgets/dialogs.js';

const NOTE = 'w saves it in a copy, the file stays as it is; \\n begins a new line, nothing removes the comment';

export const commentDialog = (ui: Ui, title: string, text: string, write: (text: string) => void): LineDialog =>
  new LineDialog(ui, title, {
    text: text.replace(/[\\\n]/g, (ch) => (ch === '\n' ? '\\n' : '\\\\')),
    note: NOTE,
    accept: (line) => {
      try {
        write(line.replace(/\\([n\\])/g, (_, ch: string) => (ch === 'n' ? '\n' : '\\')).trim());
        ui.say('the comment is in what is saved from now on (w)', 'good');
        return null;
      } catch (error) {
        if (error instanceof UsageError) return error.message;
        throw error;
      }
    },
  });

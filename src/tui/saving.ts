// Before something is written into a file: what is shown is not written over, and other files only after a question.
import { isSameFile } from '../capture/same-file.js';
import { homePath } from './file-names.js';
import type { Ui } from './view.js';
import { ask } from './widgets/dialogs.js';

/** `replaces`: a file that is there already is written over without a question. */
export function beforeWriting(ui: Ui, path: string, replaces: boolean, write: (file: string, replaces: boolean) => void): void {
  const file = homePath(path);
  if (ui.session.captures.some((one) => isSameFile(one.file, file)))
    ui.say(`${file} is what is shown here; save under another name`, 'error');
  else if (isSameFile(file, file) && !replaces) ask(ui, `${file} is there already. Write over it?`, () => write(file, true));
  else write(file, replaces);
}

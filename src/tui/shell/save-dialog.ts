// What is saved, and where: the packets that are shown, or some of them.
import { quantity } from '../../bytes/units.js';
import type { Commander } from '../commands.js';
import { completeFile } from '../file-names.js';
import { packetsOf } from '../marked.js';
import { type Choice, LineDialog, ListDialog } from '../widgets/dialogs.js';

/** Asks which packets, where some are marked; then for the file. */
export function askWhatToSave(app: Commander): void {
  const { selection, session } = app;
  const { filter, count } = session.packets;
  const { marked } = selection;
  const shown = () => askWhere(app, null, count, filter === '' ? 'all packets' : `the packets of: ${filter}`);
  if (marked.count === 0) {
    shown();
    return;
  }
  const some = (numbers: readonly number[], what: string) => askWhere(app, numbers, numbers.length, what);
  const span = marked.fromFirstToLast(session.packets);
  const choices: Choice[] = [
    {
      text: 'The marked packets',
      key: 'm',
      note: `${marked.count}  m`,
      choose: () => some(marked.numbers, 'the marked packets'),
    },
    {
      text: 'Those shown from the first mark to the last',
      key: 'f',
      note: `${span.length}  f`,
      choose: () => some(span, 'from the first marked packet to the last'),
    },
    { text: filter === '' ? 'All packets' : 'Those that are shown', key: 's', note: `${count}  s`, choose: shown },
    { text: 'Some, by their numbers', key: 'r', note: 'r', choose: () => askRange(app) },
  ];
  app.open(new ListDialog(app, 'Save which packets?', choices));
}

function askRange(app: Commander): void {
  app.open(
    new LineDialog(app, 'Save packets by their numbers', {
      note: '5-20,33; of a capture point gw-b:5-20',
      accept: (text) => {
        const numbers = packetsOf(text.trim(), app.session, app.selection.marked);
        if (typeof numbers === 'string') return numbers;
        askWhere(app, numbers, numbers.length, `packets ${text.trim()}`);
        return null;
      },
    }),
  );
}

function askWhere(app: Commander, numbers: readonly number[] | null, count: number, what: string): void {
  app.open(
    new LineDialog(app, `Save ${quantity(count, 'packet')} as pcapng`, {
      note: what,
      complete: completeFile,
      accept: (text) => {
        if (text.trim() === '') return 'a file name is needed';
        app.save(text.trim(), false, numbers);
        return null;
      },
    }),
  );
}

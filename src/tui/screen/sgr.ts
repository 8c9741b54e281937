// Colours and weight as short as they can be said. The driver resets all and says all anew at each change (`\x1b[m\x1b[38;5;252;48;5;234m`); over a
// slow line that is most of what a key costs.

const RUN = /(?:\x1b\[[\d;]*m)+/g;

interface State {
  flags: string;
  fg: string;
  bg: string;
}

/** Bold, underlined, inverse: on and off. */
const FLAGS = [
  ['1', '22'],
  ['4', '24'],
  ['7', '27'],
] as const;

const NOTHING = { flags: '', fg: '', bg: '' } as const;

/** Changes of colours in what is written at once, each reduced to what it changes. What was before is not known: the first says all. */
export function shortened(text: string): string {
  let now: State | null = null;
  return text.replace(RUN, (run) => {
    const next = stateAfter(run, now);
    if (next === null) {
      now = null;
      return run;
    }
    const before = now;
    now = next;
    const isNothing = next.flags === '' && next.fg === '' && next.bg === '';
    const whole = isNothing ? '\x1b[m' : say(['0', next.flags, next.fg, next.bg]);
    if (before === null) return whole;
    const flags = FLAGS.map(([on, off]) => {
      const is = next.flags.includes(on);
      return is === before.flags.includes(on) ? '' : is ? on : off;
    });
    const change = say([...flags, before.fg === next.fg ? '' : next.fg || '39', before.bg === next.bg ? '' : next.bg || '49']);
    return change.length <= whole.length ? change : whole;
  });
}

function say(parts: readonly string[]): string {
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? '' : `\x1b[${said.join(';')}m`;
}

/** Null: it says something that is not known here, or rests on what is not known. */
function stateAfter(run: string, before: State | null): State | null {
  let state: State | null = before === null ? null : { ...before };
  for (const [, codes = ''] of run.matchAll(/\x1b\[([\d;]*)m/g)) {
    const list = codes === '' ? ['0'] : codes.split(';');
    for (let i = 0; i < list.length; i++) {
      const code = Number(list[i]);
      if (code === 0) state = { ...NOTHING };
      else if (state === null) return null;
      else if (code === 38 || code === 48) {
        if (list[i + 1] !== '5' || list[i + 2] === undefined) return null;
        state[code === 38 ? 'fg' : 'bg'] = `${code};5;${list[i + 2]}`;
        i += 2;
      } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) state.fg = String(code);
      else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) state.bg = String(code);
      else if (code === 1 || code === 4 || code === 7) state.flags = [state.flags, code].filter((one) => one !== '').join(';');
      else return null;
    }
  }
  return state;
}

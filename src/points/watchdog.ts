// Nothing is left running at a point: the program that is run there has a guard beside it, a few lines of shell that go with the command.
// It ends the program when our end of the connection says so, closes it, or falls silent, as it does when the network or this process dies.

/** Seconds without a word from us after which a point takes us for gone. */
export const SILENCE_S = 60;
/** Milliseconds between two words of ours. */
export const BEAT_MS = 10_000;
/** What we say: a line each. */
export const WORD = { beat: '.\n', drops: 'u\n', stop: 'q\n' } as const;

/**
 * For POSIX sh (dash, busybox, bash). Standard input are our words. It starts the program at the first one, so that nothing is printed before
 * somebody listens (`kubectl debug` attaches late). In a session of its own where setsid is there, the program ends with its children. Without
 * timeout, silence is not noticed, only the end of the connection. Without single quotes, backslashes and line ends, so that any login shell takes it in single quotes.
 */
const GUARD = [
  'exec 3<&0',
  'IFS= read -r word || exit 125',
  'own=',
  'if setsid true 2>/dev/null; then own=-; setsid "$@" </dev/null 3<&- & else "$@" </dev/null 3<&- & fi',
  'child=$!',
  'trap "kill -TERM $own$child 2>/dev/null" HUP INT TERM',
  `( trap - HUP INT TERM; exec </dev/null >/dev/null 2>&1; ticks=; timeout 9 true && ticks=1; while :; do word=; if [ $ticks ]; then word=$(timeout ${SILENCE_S} head -n 1 <&3); else IFS= read -r word <&3; fi; case $word in .) ;; u) kill -USR1 $child;; *) break;; esac; done; kill -TERM $own$child; for i in 1 2 3; do sleep 1; kill -0 $child || exit; done; kill -KILL $own$child ) & guard=$!`,
  'exec 3<&-',
  'while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done',
  'kill -TERM $guard 2>/dev/null',
  '[ $own ] && kill -TERM $own$child 2>/dev/null',
  'exit $code',
].join('; ');

/** The command that runs `argv` with its guard. */
export const guarded = (argv: readonly string[]): string[] => ['sh', '-c', GUARD, 'sh', ...argv];

import { type CommandWords, flagsOf, quoted, type Values, withCommands } from './words.js';

/** Most operands that are looked at one by one; the last of a list stands for all that follow. */
const MOST_OPERANDS = 9;

/** The value as the script's `_hopscope_offer` takes it: what it is, and what there is to choose from. */
function kind(values: Values): string {
  if (values.kind === 'files') return values.endings.length === 0 ? 'files' : `files ${values.endings.join(' ')}`;
  return 'words' in values ? `${values.kind} ${values.words.join(' ')}` : values.kind;
}

/** `command|option` or `command|3` (its third operand) to what stands there. */
function places(commands: readonly CommandWords[]): Map<string, string[]> {
  const byKind = new Map<string, string[]>();
  const add = (values: Values, place: string) => {
    const key = kind(values);
    const list = byKind.get(key);
    if (list === undefined) byKind.set(key, [place]);
    else list.push(place);
  };
  for (const { path, options, operands } of commands) {
    for (const option of options)
      if (option.values !== null) for (const flag of flagsOf(option)) add(option.values, `${path}|${flag}`);
    for (const [i, { values, isVariadic }] of operands.entries())
      for (let n = i + 1; n <= (isVariadic ? MOST_OPERANDS : i + 1); n++) add(values, `${path}|${n}`);
  }
  return byKind;
}

/** For bash 3.2 (macOS) and newer; needs no bash-completion. */
export function bash(program: CommandWords): string {
  const commands = withCommands(program);
  const names = (list: readonly CommandWords[]) => list.map(({ path }) => path.split(' ').at(-1)).join(' ');
  const groups = commands.filter(({ path, commands: own }) => path !== '' && own.length > 0);
  const lines = [...places(commands)].map(
    ([values, where]) => `    ${where.map(quoted).join('|')})\n      kind=${quoted(values)} ;;`,
  );
  const options = commands.map(
    ({ path, options: own }) => `    ${quoted(path)}) echo ${quoted(own.flatMap(flagsOf).join(' '))} ;;`,
  );
  return `# bash completion for hopscope, printed by: hopscope completion bash

_hopscope_kind() {
  kind=
  case "$1" in
${lines.join('\n')}
  esac
}

_hopscope_options() {
  case "$1" in
${options.join('\n')}
  esac
}

# $1: what is written so far; the others: what may stand there. Bash replaces only what stands behind the last = of a word.
_hopscope_offer() {
  local so_far=$1 what=$2 tail=\${1##*=} word path
  shift 2
  case "$what" in
    formats)
      if [[ $so_far == *=* ]]; then _hopscope_offer "$so_far" files; return; fi ;;
    settings)
      if [[ $so_far == *=* ]]; then return; fi
      compopt -o nospace 2>/dev/null ;;
    fields) set -- $(hopscope fields 2>/dev/null | cut -d' ' -f1) ;;
    interfaces) set -- any $(hopscope live --list 2>/dev/null | awk 'NR > 1 { print $2 }') ;;
    files|folders)
      compopt -o filenames 2>/dev/null
      local some=() all=()
      while IFS= read -r word; do
        path=\${word/#\\~\\//$HOME/}
        all+=("$word")
        if [[ -d $path ]]; then some+=("$word"); continue; fi
        for ending in "$@"; do
          if [[ $word == *."$ending" ]]; then some+=("$word"); fi
        done
      done < <(if [ "$what" = folders ]; then compgen -d -- "$tail"; else compgen -f -- "$tail"; fi)
      # A capture may have any name: where none ends as usual, all files are offered.
      if [ \${#some[@]} -gt 0 ] && [ $# -gt 0 ]; then COMPREPLY+=("\${some[@]}")
      elif [ \${#all[@]} -gt 0 ]; then COMPREPLY+=("\${all[@]}"); fi
      return ;;
    free) return ;;
  esac
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen -W "$*" -- "$so_far")
}

_hopscope() {
  local kind ending word words=() n=0 i command= operands=0 so_far
  COMPREPLY=()
  # Bash parts words at =; here a=b is one word again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((n > 1)) && [[ $word =~ ^=+$ || \${words[n - 1]} == *= ]]; then words[n - 1]+=$word
    else words[n]=$word; n=$((n + 1)); fi
  done
  so_far=\${words[n - 1]}
  for ((i = 1; i < n - 1; i++)); do
    word=\${words[i]}
    if [[ $word == -?* ]]; then
      _hopscope_kind "\${command:-diagnose}|$word"
      if [ -n "$kind" ]; then i=$((i + 1)); fi
      continue
    fi
    case "$command $word" in
${groups.map(({ path, commands: own }) => `      ${own.map((sub) => quoted(sub.path)).join('|')}) command="$command $word" ;;\n      ${quoted(` ${path}`)}) command=${quoted(path)} ;;`).join('\n')}
      ${program.commands
        .filter((command) => !groups.includes(command))
        .map(({ path }) => quoted(` ${path}`))
        .join('|')}) command=$word ;;
      *)
        operands=$((operands + 1))
        if [ -z "$command" ]; then command=diagnose; fi ;;
    esac
  done
  if ((operands > ${MOST_OPERANDS - 1})); then operands=${MOST_OPERANDS - 1}; fi
  # i went past the end: the word before takes this one as its value.
  if ((i > n - 1)); then
    _hopscope_kind "\${command:-diagnose}|\${words[n - 2]}"
  elif [[ $so_far == --*=* ]]; then
    _hopscope_kind "\${command:-diagnose}|\${so_far%%=*}"
    so_far=\${so_far#*=}
  elif [[ $so_far == -* ]]; then
    set -- $(_hopscope_options "\${command:-diagnose}")
    if [ -z "$command" ]; then set -- "$@" $(_hopscope_options ''); fi
    _hopscope_offer "$so_far" words "$@"
    return
  elif [ -z "$command" ]; then
    _hopscope_offer "$so_far" words ${quoted(names(program.commands))}
    _hopscope_kind 'diagnose|1'
${groups.map(({ path, commands: own }) => `  elif [ "$command" = ${quoted(path)} ]; then\n    kind=${quoted(`words ${names(own)}`)}`).join('\n')}
  else
    _hopscope_kind "$command|$((operands + 1))"
  fi
  if [ -n "$kind" ]; then _hopscope_offer "$so_far" $kind; fi
}

complete -F _hopscope hopscope
`;
}

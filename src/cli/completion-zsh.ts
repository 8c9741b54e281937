import { type CommandWords, type OptionWords, quoted, type Values, withCommands } from './words.js';

/** The action of _arguments. A space in front keeps _arguments from putting options of its own between the words. */
function action(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `(${values.words.join(' ')})`;
    case 'formats':
      return ` __hopscope_formats ${values.words.join(' ')}`;
    case 'settings':
      return ` __hopscope_settings ${values.words.join(' ')}`;
    case 'files':
      return values.endings.length === 0 ? '_files' : ` __hopscope_files ${values.endings.join(' ')}`;
    case 'folders':
      return '_files -/';
    case 'fields':
    case 'interfaces':
      return ` __hopscope_${values.kind}`;
    case 'free':
      return ' ';
  }
}

/** What _arguments takes for text between brackets or colons. */
const escaped = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');

function optionSpec({ short, long, description, values, isRepeatable }: OptionWords): string {
  const takes = values === null ? '' : `:${escaped(long ?? short ?? '')}:${action(values)}`;
  const flags = [
    short === null ? null : values === null ? short : `${short}+`,
    long === null || values === null ? long : `${long}=`,
  ];
  const both = flags.filter((flag) => flag !== null);
  const others = [short, long].filter((flag) => flag !== null).join(' ');
  const front = isRepeatable ? "'*'" : quoted(`(${others})`);
  const names = both.length === 1 ? both[0] : `{${both.join(',')}}`;
  return `${front}${names}${quoted(`[${escaped(description)}]${takes}`)}`;
}

const operandSpecs = ({ operands }: CommandWords): string[] =>
  operands.map(({ name, values, isVariadic }, i) => quoted(`${isVariadic ? '*' : i + 1}:${escaped(name)}:${action(values)}`));

function described(commands: readonly CommandWords[]): string {
  return commands.map(({ path, summary }) => quoted(`${path.split(' ').at(-1)}:${escaped(summary)}`)).join(' ');
}

const continued = (indent: string, specs: readonly string[]): string => specs.join(` \\\n${indent}`);

export function zsh(program: CommandWords): string {
  const ofFile = program.commands.find(({ path }) => path === 'diagnose') ?? program;
  const functions = withCommands(program)
    .filter(({ path }) => path !== '')
    .map((command) => {
      const specs = command.options.map(optionSpec);
      const name = `_hopscope_${command.path.replace(' ', '_')}`;
      if (command.commands.length === 0)
        return `${name}() {\n  _arguments -s ${continued('    ', [...specs, ...operandSpecs(command)])}\n}\n`;
      return `${name}() {
  local -a commands=(${described(command.commands)})
  local state
  _arguments -C ${continued('    ', [...specs, "'1:command:->command'", "'*::argument:->rest'"])} && return
  case $state in
    command) _describe command commands ;;
    rest) (( $+functions[${name}_$words[1]] )) && ${name}_$words[1] ;;
  esac
}
`;
    });
  return `#compdef hopscope
# zsh completion for hopscope, printed by: hopscope completion zsh

# A capture may have a point before it, router=FILE; where no name ends so, _files offers all.
__hopscope_files() {
  compset -P '*='
  _files -g "*.(\${(j:|:)@})(-.)"
}

__hopscope_formats() {
  if compset -P '*='; then _files; else compadd -- "$@"; fi
}

__hopscope_settings() {
  if [[ $PREFIX != *=* ]]; then compadd -S '' -- "$@"; fi
}

__hopscope_fields() {
  local -a fields=(\${(f)"$(hopscope fields 2>/dev/null)"})
  compadd -- \${fields%% *}
}

__hopscope_interfaces() {
  compadd -- any \${(f)"$(hopscope live --list 2>/dev/null | awk 'NR > 1 { print $2 }')"}
}

${functions.join('\n')}
_hopscope() {
  local curcontext="$curcontext" state
  local -a commands=(${described(program.commands)})
  _arguments -C ${continued('    ', [...[...program.options, ...ofFile.options.filter(({ long }) => long !== '--help')].map(optionSpec), "'1:command or capture:->command'", "'*::argument:->rest'"])} && return
  case $state in
    command)
      _describe command commands
      ${operandActionOf(ofFile)} ;;
    rest)
      if (( $+functions[_hopscope_$words[1]] )); then _hopscope_$words[1]
      else _hopscope_diagnose; fi ;;
  esac
}

if [ "$funcstack[1]" = _hopscope ]; then _hopscope "$@"; else compdef _hopscope hopscope; fi
`;
}

function operandActionOf({ operands }: CommandWords): string {
  return operands[0] === undefined ? '_files' : action(operands[0].values).trim();
}

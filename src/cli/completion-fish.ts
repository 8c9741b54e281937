import { type CommandWords, type OptionWords, type Values, withCommands } from './words.js';

/** Within single quotes of fish. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function offered(values: Values): string {
  switch (values.kind) {
    case 'words':
    case 'settings':
      return `-a ${quoted(values.words.join(' '))}`;
    case 'formats':
      return `-a ${quoted(`(__hopscope_formats ${values.words.join(' ')})`)}`;
    case 'files':
      return `-k -a ${quoted(`(__hopscope_files ${values.endings.join(' ')})`)}`;
    case 'folders':
      return `-a '(__fish_complete_directories)'`;
    case 'fields':
    case 'interfaces':
      return `-a ${quoted(`(__hopscope_${values.kind})`)}`;
    case 'free':
      return '';
  }
}

function optionLine(where: string, { short, long, description, values }: OptionWords): string {
  const flags = [short === null ? '' : `-s ${short.slice(1)}`, long === null ? '' : `-l ${long.slice(2)}`];
  const takes = values === null ? [] : ['-x', offered(values)];
  return ['complete -c hopscope', where, ...flags, ...takes, `-d ${quoted(description)}`].filter((part) => part !== '').join(' ');
}

const within = (path: string): string => `-n ${quoted(`__hopscope_in ${path === '' ? '""' : quoted(path)}`)}`;

/** Lines for one command. Its operands are offered at every place: fish does not count them. */
function linesOf(command: CommandWords): string[] {
  const where = within(command.path);
  const operands = new Set(command.operands.map(({ values }) => offered(values)).filter((values) => values !== ''));
  return [
    ...command.options.map((option) => optionLine(where, option)),
    ...command.commands.map(
      ({ path, summary }) => `complete -c hopscope ${where} -a ${path.split(' ').at(-1)} -d ${quoted(summary)}`,
    ),
    ...[...operands].map((values) => `complete -c hopscope ${where} ${values}`),
  ];
}

export function fish(program: CommandWords): string {
  const commands = withCommands(program);
  const ofFile = commands.find(({ path }) => path === 'diagnose') ?? program;
  const valued = ofFile.options.filter(({ values }) => values !== null).flatMap(({ short, long }) => [short, long]);
  // Without a command it is `diagnose`, whose files and options come in beside the names of the commands.
  const asIfNamed = { ...ofFile, path: '', options: ofFile.options.filter(({ long }) => long !== '--help') };
  return `# fish completion for hopscope, printed by: hopscope completion fish

function __hopscope_command
    set -l command
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${valued.filter((flag) => flag !== null).join(' ')}
            set skip 1
        else if not string match -q -- '-?*' $word
            switch "$command $word"
                case ${commands
                  .filter(({ path }) => path !== '')
                  .map(({ path }) => quoted(path.includes(' ') ? path : ` ${path}`))
                  .join(' ')}
                    set command (string trim -- "$command $word")
                case '*'
                    break
            end
        end
    end
    echo $command
end

function __hopscope_in
    test "$(__hopscope_command)" = "$argv[1]"
end

# A capture may have a point before it, router=FILE, and any name: where none ends so, all files are offered.
function __hopscope_files
    set -l token (commandline -ct)
    set -l front (string match -r -- '^[^/=]*=' $token)
    set -l all (__fish_complete_path (string replace -- "$front" '' $token))
    set -l endings (string join '|' (string replace -a . '\\\\.' $argv))
    set -l some (string match -r -- "^.*(?:/|\\.(?:$endings))(?:\\t.*)?\\$" $all)
    if test (count $argv) -eq 0; or test (count $some) -eq 0
        set some $all
    end
    for file in $some
        echo "$front$file"
    end
end

function __hopscope_formats
    set -l token (commandline -ct)
    if string match -q '*=*' -- $token
        __hopscope_files
    else
        printf '%s\\n' $argv
    end
end

function __hopscope_fields
    hopscope fields 2>/dev/null | string replace -r '^(\\S+)\\s+\\S+\\s+' '$1\\t'
end

function __hopscope_interfaces
    echo any
    hopscope live --list 2>/dev/null | awk 'NR > 1 { print $2 }'
end

complete -c hopscope -f
${[...linesOf(program), ...linesOf(asIfNamed), ...commands.filter(({ path }) => path !== '').flatMap(linesOf)].join('\n')}
`;
}

// Completions for shells, made from the definitions of the commands.
import { Argument, type Command } from 'commander';
import { print } from './streams.js';

const EXAMPLES = `
Prints a script for the shell. Put it where the shell looks for completions, or read it in for this shell only.

Examples:
  hopscope completion bash > ~/.local/share/bash-completion/completions/hopscope
  hopscope completion zsh > ~/.zfunc/_hopscope     with fpath+=~/.zfunc before compinit in ~/.zshrc
  hopscope completion fish > ~/.config/fish/completions/hopscope.fish
  eval "$(hopscope completion bash)"               for this shell`;

export function register(program: Command): void {
  program
    .command('completion')
    .description('Prints the completions of commands, options, rules and files for a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const [{ createProgram }, { withHelp, wordsOf }] = await Promise.all([import('./program.js'), import('./words.js')]);
      const words = withHelp(wordsOf(await createProgram(() => true)));
      if (shell === 'bash') await print((await import('./completion-bash.js')).bash(words));
      else if (shell === 'zsh') await print((await import('./completion-zsh.js')).zsh(words));
      else await print((await import('./completion-fish.js')).fish(words));
    });
}

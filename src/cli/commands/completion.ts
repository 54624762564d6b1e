import { drillNames } from '#learn/drills/names.ts';
import { exitCodes, Failure } from '../failure.ts';
import { openLibrary } from '../library.ts';

/** What can be typed after `cka-net`, and what after each command. */
export interface Typed {
  readonly commands: readonly string[];
  /** By command. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

const scripts: Readonly<Record<string, string>> = {
  bash: `_cka_net() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(compgen -W "$(cka-net completion words \${COMP_WORDS[1]:+"\${COMP_WORDS[1]}"} 2>/dev/null)" -- "$cur"))
}
complete -o default -F _cka_net cka-net
`,
  zsh: `autoload -U +X bashcompinit && bashcompinit
_cka_net() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(compgen -W "$(cka-net completion words \${COMP_WORDS[1]:+"\${COMP_WORDS[1]}"} 2>/dev/null)" -- "$cur"))
}
complete -o default -F _cka_net cka-net
`,
  fish: `complete -c cka-net -a '(cka-net completion words (commandline -opc)[2] 2>/dev/null)'
`,
};

/** Commands that take scenarios. */
const takesScenarios = new Set(['quiz', 'exam', 'inspect', 'shell', 'trace', 'serve', 'test', 'lint']);

/** `cka-net completion <shell>`: a script for the shell of this computer, which asks `cka-net completion words [command]` for the words. */
export async function completion(what: string, command: string | undefined, typed: Typed): Promise<number> {
  if (what === 'words') {
    process.stdout.write(
      wordsAfter(command, typed)
        .map((word) => `${word}\n`)
        .join(''),
    );
    return exitCodes.ok;
  }
  const script = Object.hasOwn(scripts, what) ? scripts[what] : undefined;
  if (script === undefined) throw new Failure(`there is no completion for "${what}" (${Object.keys(scripts).join(', ')})`);
  process.stdout.write(script);
  return exitCodes.ok;
}

function wordsAfter(command: string | undefined, { commands, options }: Typed): readonly string[] {
  const own = command === undefined ? undefined : options.get(command);
  if (command === undefined || own === undefined) return commands;
  const { scenarios, packs } = openLibrary();
  const packNames = packs.map((one) => one.name);
  const names = takesScenarios.has(command) ? [...scenarios.map((one) => one.name), ...packNames] : command === 'list' ? packNames : [];
  // A shell expands the words that it is given: nothing that could be more than a name may be among them.
  const safe = names.filter((name) => /^[A-Za-z0-9][\w./-]*$/.test(name));
  return [...safe, ...(command === 'drill' ? drillNames : []), ...own];
}

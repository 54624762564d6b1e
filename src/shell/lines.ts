/** The texts of lines: what can be told of them before they run. */
import { withHereStrings } from './here-documents.ts';
import type { Syntax } from './timed.ts';

/** The words of a line that has nothing of the shell in it. */
export function plainWords(line: string): readonly string[] | undefined {
  const text = line.trim();
  return /^[\w@%+=:,./ -]+$/.test(text) ? text.split(/\s+/) : undefined;
}

/** The functions that a text defines outside of any other command, as texts. */
export function functionsIn(text: string, { parse, serialize }: Syntax): readonly (readonly [name: string, text: string])[] {
  if (!/\(\s*\)|\bfunction\b/.test(text)) return [];
  try {
    const script = parse(text);
    return script.statements.flatMap((statement) => {
      const [command, ...more] = statement.pipelines[0]?.commands ?? [];
      if (command?.type !== 'FunctionDef' || more.length > 0) return [];
      return [
        [
          command.name,
          serialize(
            withHereStrings({ ...script, statements: [{ ...statement, pipelines: statement.pipelines.slice(0, 1), operators: [] }] }),
          ),
        ] as const,
      ];
    });
  } catch {
    return [];
  }
}

/** Reports whether what a program of this name prints in a line goes to the terminal: it stands last, and nothing is redirected there. */
export function printsToScreen(line: string, name: string): boolean {
  const bare = line.replace(/'[^']*'|"[^"]*"/g, 'quoted');
  const last = bare.slice(bare.lastIndexOf('|') + 1);
  return !last.includes('>') && last.split(/[\s;&()/]+/).includes(name);
}

/** A word quoted so that the shell gives it back as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What bash says of a line that it cannot read; the interpreter says more. */
export function inBashsWords(stderr: string): string {
  return stderr
    .replace(/^bash: syntax error: Parse error at \d+:\d+: (syntax error near unexpected token .*)$/m, 'bash: $1')
    .replace(/^bash: syntax error: Parse error at \d+:\d+: .*got EOF$/m, 'bash: syntax error: unexpected end of file');
}

/**
 * Redirections to files that cannot be written: the interpreter would end the whole line there. A shell says so, leaves the command out whose
 * redirection it is, and goes on.
 */
import type { CommandNode, IFileSystem, PipelineNode, ScriptNode, StatementNode } from 'just-bash';
import { failure, output, type Output } from './command.ts';
import { bashsWords, FileError } from './files/file-error.ts';
import { withHereStrings } from './here-documents.ts';
import { quoted } from './lines.ts';
import { literal, type Syntax } from './timed.ts';

/** The program that tries to open files. No directory lists it, but the interpreter finds it by its path. */
export const opener = 'cka-net-open';
const path = `/usr/bin/${opener}`;

/** Reports whether a path is its. */
export function isOpener(text: string): boolean {
  return text === path;
}

/** A script whose commands try first to open the files that they are to write to, where one of those may fail; `mayFail` is asked of words. */
export function withOpenings(text: string, syntax: Syntax, mayFail: (word: string) => boolean): string {
  if (!text.includes('>')) return text;
  try {
    const rewriting = new Rewriting(syntax, mayFail);
    const script = rewriting.node(syntax.parse(text)) as ScriptNode;
    return rewriting.changed ? syntax.serialize(withHereStrings(script)) : text;
  } catch {
    return text;
  }
}

class Rewriting {
  readonly #syntax: Syntax;
  readonly #mayFail: (word: string) => boolean;
  changed = false;

  constructor(syntax: Syntax, mayFail: (word: string) => boolean) {
    this.#syntax = syntax;
    this.#mayFail = mayFail;
  }

  node(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((one) => this.node(one));
    if (typeof node !== 'object' || node === null) return node;
    const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, this.node(value)]));
    if (inner['type'] !== 'Pipeline') return inner;
    const pipeline = inner as unknown as PipelineNode;
    return { ...pipeline, commands: pipeline.commands.map((command) => this.#guarded(command)) };
  }

  /** `{ open FILES && command; }`: a group is no shell of its own. */
  #guarded(command: CommandNode): CommandNode {
    const files = command.type === 'FunctionDef' ? [] : written(command.redirections).filter(this.#mayFail);
    if (files.length === 0) return command;
    this.changed = true;
    const frame = this.#syntax.parse(`{ ${path} ${files.map(quoted).join(' ')} && true; }`).statements[0]!.pipelines[0]!.commands[0]!;
    const group = frame as unknown as { readonly body: readonly [StatementNode] };
    const [body] = group.body;
    const [open, then] = body.pipelines;
    return { ...group, body: [{ ...body, pipelines: [open!, { ...then!, commands: [command] }] }] } as unknown as CommandNode;
  }
}

type Redirections = Extract<CommandNode, { readonly redirections: unknown }>['redirections'];

/** The files that redirections write to, as far as their names stand there as they are. */
function written(redirections: Redirections): readonly string[] {
  return redirections.flatMap(({ operator, target }) => {
    const name = operator.includes('>') && operator !== '>&' && target.type === 'Word' ? literal(target) : undefined;
    return name === undefined || name === '' ? [] : [name];
  });
}

/** Opens files to add nothing to them, until one cannot be opened. */
export async function tryToOpen(
  files: readonly string[],
  { fs, cwd }: { readonly fs: IFileSystem; readonly cwd: string },
): Promise<Output> {
  for (const file of files) {
    try {
      await fs.appendFile(fs.resolvePath(cwd, file), '');
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return failure(`bash: ${bashsWords({ code: error.code, path: file })}\n`);
    }
  }
  return output('');
}

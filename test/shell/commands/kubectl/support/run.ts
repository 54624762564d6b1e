/** Running kubectl's command lines on a lab, as a shell without pipes would. */
import type { Lab } from '#lab/lab.ts';
import { nodeName } from '#kube/names.ts';
import type { FileNode } from '#node/files.ts';
import { listDirectory, readFile, resolve, withFiles, emptyTree, type FileTree } from '#node/files.ts';
import { output, type Files, type Io, type Output } from '#shell/command.ts';
import { createKubectl, type KubectlOptions } from '#shell/commands/kubectl/kubectl.ts';
import { readRecorded } from '../../../../apiserver/support/market.ts';

/** The words of a line: quotes and backslashes as a POSIX shell reads them, and assignments before the command. */
export function wordsOf(line: string): { readonly env: ReadonlyMap<string, string>; readonly words: readonly string[] } {
  const words: string[] = [];
  const env = new Map<string, string>();
  for (const [raw] of line.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/g)) {
    const word = raw.replace(
      /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
      (_, escaped: string | undefined, single: string | undefined, double: string | undefined) =>
        escaped ?? single ?? double!.replace(/\\(["\\$`])/g, '$1'),
    );
    const assignment = words.length === 0 ? /^([A-Z_]+)=(.*)$/.exec(word) : null;
    if (assignment === null) words.push(word);
    else env.set(assignment[1]!, assignment[2]!);
  }
  return { env, words };
}

/** A machine's files, kept in memory. */
export class MemoryFiles implements Files {
  tree: FileTree;

  constructor(files: Readonly<Record<string, string>>) {
    this.tree = withFiles(emptyTree, Object.entries(files), '2026-11-23T03:00:00Z');
  }

  read(path: string): string | undefined {
    return readFile(this.tree, path);
  }

  stat(path: string): FileNode | undefined {
    const found = resolve(this.tree, path);
    return found === undefined ? undefined : this.tree.get(found);
  }

  lstat(path: string): FileNode | undefined {
    return this.tree.get(path);
  }

  list(path: string): readonly string[] | undefined {
    return listDirectory(this.tree, path);
  }

  write(path: string, content: string | undefined): void {
    this.tree = withFiles(this.tree, [[path, content]], '2026-11-23T03:00:00Z');
  }
}

export interface Terminal {
  readonly lab: Lab;
  readonly files: MemoryFiles;
  readonly cwd?: string;
  readonly options?: KubectlOptions;
  readonly edit?: Io['edit'];
  /** Programs that a line of shell may run on a file, by their paths: the file's new text, or undefined when the program fails. */
  readonly editors?: Readonly<Record<string, (text: string) => string | undefined>>;
}

/** A person's files on cp1: the kubeconfig, and more. */
export function homeFiles(more: Readonly<Record<string, string>> = {}): MemoryFiles {
  return new MemoryFiles({ '/root/.kube/config': readRecorded('kubeconfig.yaml'), ...more });
}

export async function run(
  { lab, files, cwd = '/root', options = {}, edit, editors = {} }: Terminal,
  line: string,
  stdin = '',
): Promise<Output> {
  const { env, words } = wordsOf(line);
  const io: Io = {
    stdin,
    cwd,
    env: new Map([['HOME', '/root'], ['PATH', '/usr/bin:/bin'], ...env]),
    files,
    tty: false,
    run: async () => output('', '', 127),
    pass: async (milliseconds) => lab.advance(milliseconds),
    shell: async (line) => {
      const [program = '', path = ''] = line.split(' ');
      if (editors[program] === undefined) return output('', '', 127);
      const text = editors[program](files.read(path) ?? '');
      if (text === undefined) return output('', '', 1);
      files.write(path, text);
      return output('');
    },
    has: (program) => editors[program] !== undefined,
    ...(edit !== undefined && { edit }),
  };
  return createKubectl({ dial: () => ({ connected: true, speaksTls: true }), ...options }).run(words.slice(1), io, {
    lab,
    place: { kind: 'node', node: nodeName('cp1') },
  });
}

/** Copies files between the machines of the cluster, as root, without a word when all is well. (OpenSSH 9: scp.c, sftp-client.c) */
import { normalize } from '#node/files.ts';
import { failure, output, type Command, type Files, type Here, type Io, type Output } from '../../command.ts';
import { PlaceFiles } from '../../files/place-files.ts';
import { reach } from '../ssh/ssh.ts';

const usage = `usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] source ... target
`;

/** One end of a copy. */
interface End {
  readonly files: Files;
  readonly remote: boolean;
  readonly path: string;
  /** As it was typed, without the host. */
  readonly said: string;
}

export const scp: Command = {
  name: 'scp',
  async run(args, io, here) {
    const { recursive, words, unknown } = parse(args);
    if (unknown !== undefined) return failure(`scp: unknown option -- ${unknown}\n${usage}`);
    if (words.length < 2) return failure(usage);
    const specs = words.map((word) => /^([^/:]+):(.*)$/s.exec(word));
    if (specs.every((spec) => spec === null)) return io.run(['cp', ...(recursive ? ['-r'] : []), ...words]);
    return copyAll(words, recursive, io, here);
  },
};

function parse(args: readonly string[]): { readonly recursive: boolean; readonly words: readonly string[]; readonly unknown?: string } {
  let recursive = false;
  let i = 0;
  for (; i < args.length && /^-./.test(args[i]!); i++) {
    if (args[i] === '--') return { recursive, words: args.slice(i + 1) };
    for (let at = 1; at < args[i]!.length; at++) {
      const letter = args[i]![at]!;
      if (letter === 'r') recursive = true;
      else if ('cDFiJloPSX'.includes(letter)) {
        if (at === args[i]!.length - 1) i++;
        break;
      } else if (!'346ABCOpqRsTv'.includes(letter)) return { recursive, words: [], unknown: letter };
    }
  }
  return { recursive, words: args.slice(i) };
}

function copyAll(words: readonly string[], recursive: boolean, io: Io, here: Here): Output {
  const machines = new Map<string, PlaceFiles>();
  const ends: End[] = [];
  for (const word of words) {
    const [, target, path = ''] = /^([^/:]+):(.*)$/s.exec(word) ?? [];
    if (target === undefined) {
      ends.push({ files: io.files, remote: false, path: normalize(word, io.cwd), said: word });
      continue;
    }
    const host = reach(here, target);
    if (typeof host === 'string') return failure(`${host}scp: Connection closed\n`, 255);
    const files = machines.get(host.name) ?? new PlaceFiles(here.lab, { kind: 'node', node: host.name });
    machines.set(host.name, files);
    ends.push({ files, remote: true, path: normalize(path, '/root'), said: path });
  }
  const target = ends.pop()!;
  const into = target.files.list(target.path) !== undefined;
  if (ends.length > 1 && !into) {
    const there = target.files.stat(target.path) !== undefined;
    if (target.remote && there) return failure(`scp: remote mkdir "${target.said}": Failure\n`, 255);
    if (!target.remote) return failure(`${target.said}: ${there ? 'Not a directory' : 'No such file or directory'}\n`);
  }
  let stderr = '';
  let exitCode = 0;
  for (const source of ends.flatMap(expanded)) {
    const failed = copy(source, target, recursive, into || ends.length > 1);
    if (failed === undefined) continue;
    stderr += failed.stderr;
    exitCode = failed.exitCode;
    if (exitCode === 255) break;
  }
  for (const files of machines.values()) files.save();
  return output('', stderr, exitCode);
}

/** A name with wildcards on another machine is all that fit it there; one that none fits is itself. */
function expanded(source: End): readonly End[] {
  const directory = source.path.replace(/\/[^/]*$/, '');
  const name = source.path.slice(directory.length + 1);
  if (!source.remote || !/[*?]/.test(name)) return [source];
  const escaped = name.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  const found = (source.files.list(directory === '' ? '/' : directory) ?? []).filter((one) => pattern.test(one) && !one.startsWith('.'));
  return found.length === 0 ? [source] : found.map((one) => ({ ...source, path: `${directory}/${one}`, said: `${directory}/${one}` }));
}

function copy(source: End, target: End, recursive: boolean, into: boolean): Output | undefined {
  const { files, path, said } = source;
  const below = files.list(path);
  if (below === undefined && files.stat(path) === undefined)
    return source.remote
      ? failure(`scp: ${said}: No such file or directory\n`)
      : failure(`scp: stat local "${said}": No such file or directory\n`, 255);
  const directory = below !== undefined;
  const upload = target.remote && !source.remote;
  const notUploaded = upload ? `scp: failed to upload ${directory && recursive ? 'directory' : 'file'} ${said} to ${target.said}\n` : '';
  if (directory && !recursive)
    return failure(
      source.remote
        ? `scp: download ${said.replace(/\/?$/, '/')}: not a regular file\n`
        : `scp: local "${said}" is not a regular file\n${notUploaded}`,
    );
  const to = into ? normalize(path.replace(/^.*\//, ''), target.path) : target.path;
  const why = refused(target, to, directory, into);
  if (why !== undefined) return failure(`${why}${notUploaded}`);
  for (const rest of filesBelow(files, path)) put(target.files, `${to}${rest}`, files, `${path}${rest}`);
  return undefined;
}

/** Why the target cannot be written, in the words of its side. */
function refused({ files, remote, path, said }: End, to: string, directory: boolean, into: boolean): string | undefined {
  // A directory that several files are to come into is made.
  const made = into && files.list(path) === undefined ? path : to;
  const missing = files.list(made.replace(/\/[^/]*$/, '') || '/') === undefined;
  const slash = !into && !directory && said.endsWith('/');
  if (!missing && !slash) return undefined;
  if (remote && directory) return `scp: realpath ${said}: No such file\nscp: upload "${said}": path canonicalization failed\n`;
  if (remote) return `scp: dest open "${said}": ${slash ? 'Failure' : 'No such file or directory'}\n`;
  if (directory) return `scp: mkdir ${said}: No such file or directory\n`;
  return `scp: open local "${said}": ${slash ? 'Is a directory' : 'No such file or directory'}\n`;
}

/** The files below a path, by what follows it: '' for the path itself when it is a file. */
function filesBelow(files: Files, path: string): readonly string[] {
  const names = files.list(path);
  return names === undefined ? [''] : names.flatMap((name) => filesBelow(files, `${path}/${name}`).map((rest) => `/${name}${rest}`));
}

/** Writes a file; a new one has the mode of its source. */
function put(target: Files, to: string, source: Files, from: string): void {
  const old = target.stat(to);
  target.write(to, source.read(from) ?? '');
  const [written, model] = [target.stat(to), source.stat(from)];
  if (old === undefined && target instanceof PlaceFiles && written?.kind === 'file' && model?.kind === 'file')
    target.put(target.real(to)!, { ...written, mode: model.mode });
}

/** sysctl(8): the kernel's settings in this network namespace, read, set, and loaded from files. */
import type { NodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { namespaceAt, namespaceName } from '../../place.ts';

/** Where `--system` looks, in order; a later file wins. */
const directories = ['/usr/lib/sysctl.d', '/run/sysctl.d', '/etc/sysctl.d'];

export const sysctl: Command = {
  name: 'sysctl',
  run(args, io, here): Output {
    const flags = args.filter((arg) => arg.startsWith('-'));
    const words = args.filter((arg) => !arg.startsWith('-'));
    const quiet = flags.some((flag) => flag === '-q' || flag === '--quiet');
    const valuesOnly = flags.some((flag) => /^-\w*n/.test(flag) && !flag.startsWith('--'));
    if (flags.some((flag) => flag === '-a' || flag === '--all' || flag === '-A')) {
      return output(
        [...namespaceAt(here.lab, here.place).sysctls]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, value]) => `${key} = ${value}\n`)
          .join(''),
      );
    }
    if (flags.includes('--system')) return system(io, here, quiet);
    if (flags.some((flag) => flag === '-p' || flag === '--load')) return loadFile(words[0] ?? '/etc/sysctl.conf', io, here, quiet);
    if (words.length === 0) return failure('\nUsage:\n sysctl [options] [variable[=value] ...]\n');
    return each(words, here, quiet, valuesOnly);
  },
};

function each(words: readonly string[], here: Here, quiet: boolean, valuesOnly: boolean): Output {
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = (equals < 0 ? word : word.slice(0, equals)).trim().replaceAll('/', '.');
    const known = namespaceAt(here.lab, here.place).sysctls.get(key);
    if (known === undefined) {
      stderr += `sysctl: cannot stat /proc/sys/${key.replaceAll('.', '/')}: No such file or directory\n`;
      exitCode = 255;
      continue;
    }
    if (equals >= 0) set(here.lab, here.place.node, namespaceName(here.lab, here.place), key, word.slice(equals + 1).trim());
    const value = namespaceAt(here.lab, here.place).sysctls.get(key)!;
    if (!(quiet && equals >= 0)) stdout += valuesOnly ? `${value}\n` : `${key} = ${value}\n`;
  }
  return { stdout, stderr, exitCode };
}

function set(lab: Lab, node: NodeName, namespace: string, key: string, value: string): void {
  lab.change((change) => {
    const host = change.hosts.get(node)!;
    const found = host.kernel.namespaces.get(namespace)!;
    change.hosts.set(node, {
      ...host,
      kernel: {
        ...host.kernel,
        namespaces: new Map(host.kernel.namespaces).set(namespace, { ...found, sysctls: new Map(found.sysctls).set(key, value) }),
      },
    });
  });
}

function assignments(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith(';'))
    .map((line) => line.replace(/^-/, '').replace(/\s*=\s*/, '='));
}

function loadFile(path: string, io: Io, here: Here, quiet: boolean): Output {
  const text = io.files.read(path);
  if (text === undefined) return failure(`sysctl: cannot open "${path}": No such file or directory\n`, 255);
  return each(assignments(text), here, quiet, false);
}

function system(io: Io, here: Here, quiet: boolean): Output {
  const found = new Map<string, string>();
  for (const directory of directories)
    for (const name of io.files.list(directory) ?? []) if (name.endsWith('.conf')) found.set(name, `${directory}/${name}`);
  const paths = [...[...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path), '/etc/sysctl.conf'];
  let stdout = '';
  let stderr = '';
  for (const path of paths) {
    const text = io.files.read(path);
    if (text === undefined) continue;
    if (!quiet) stdout += `* Applying ${path} ...\n`;
    const result = each(assignments(text), here, quiet, false);
    stdout += result.stdout;
    stderr += result.stderr;
  }
  return { stdout, stderr, exitCode: 0 };
}

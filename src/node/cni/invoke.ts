/** Finding and running plugins' binaries (cni pkg/invoke/{find,exec,raw_exec,delegate}.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import { resolve, type FileNode } from '../files.ts';
import type { Machine } from './machine.ts';
import { errorCodes, internal, type Call, type CniError, type Plugin } from './plugin.ts';
import { plugins } from './plugins/index.ts';
import { runPlugin } from './skel.ts';
import { currentPlugins } from './versions.ts';

/** How a simulated binary says which program it is. */
const signature = /^\x7fELF[^]*CNI plugin (\S+) v(\S+)/;

/** The binary of a plugin, to be put into a bin dir under any name. */
export function pluginBinary(name: string, modified: string, version = currentPlugins): FileNode {
  return { kind: 'file', content: `\x7fELF\x02\x01\x01\x00CNI plugin ${name} v${version}\n`, mode: 0o755, modified };
}

/** The programs of the reference plugin set, as the package `kubernetes-cni` installs them. */
export const referencePlugins = [
  'bandwidth',
  'bridge',
  'dhcp',
  'dummy',
  'firewall',
  'host-device',
  'host-local',
  'ipvlan',
  'loopback',
  'macvlan',
  'portmap',
  'ptp',
  'sbr',
  'static',
  'tap',
  'tuning',
  'vlan',
  'vrf',
] as const;

/** The first regular file of that name in the path; mode bits do not matter yet. The error is FindInPath's. */
export function findInPath(machine: Machine, plugin: string, path: readonly string[]): Result<string, string> {
  if (plugin === '') return fail('no plugin name provided');
  if (plugin.includes('/')) return fail(`invalid plugin name: ${plugin}`);
  if (path.length === 0) return fail('no paths provided');
  for (const directory of path) {
    const full = `${directory.replace(/\/+$/, '')}/${plugin}`;
    const found = resolve(machine.files, full);
    if (found !== undefined && machine.files.get(found)?.kind === 'file') return ok(full);
  }
  return fail(`failed to find plugin "${plugin}" in path [${path.join(' ')}]`);
}

function program(node: FileNode | undefined): { readonly plugin: Plugin; readonly version: string } | undefined {
  if (node?.kind !== 'file') return undefined;
  const [, name, version] = signature.exec(node.content) ?? [];
  const plugin = plugins.find((one) => one.name === name);
  return plugin === undefined ? undefined : { plugin, version: version! };
}

/** Runs the binary at a path: its standard output, or the error the caller makes of how it ended. */
export function execute(machine: Machine, file: string, call: Call): Result<string, CniError> {
  const node = machine.files.get(resolve(machine.files, file) ?? '');
  const cannot = (why: string) =>
    fail({ code: errorCodes.unknown, msg: `netplugin failed with no error message: fork/exec ${file}: ${why}` });
  if (node?.kind !== 'file') return cannot('no such file or directory');
  if ((node.mode & 0o111) === 0) return cannot('permission denied');
  const found = program(node);
  if (found === undefined) return cannot('exec format error');
  const delegate = (type: string, command: Call['command'], stdin: string): Result<string, CniError> => {
    const other = findInPath(machine, type, call.path);
    return other.ok ? execute(machine, other.value, { ...call, command, stdin }) : fail(internal(other.error));
  };
  return runPlugin(found.plugin, call, { machine, version: found.version, delegate });
}

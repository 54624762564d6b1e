/** Which networks are in force: containerd's reading of the configuration directory (containerd/go-cni opts.go, cni.go, errors.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import { listDirectory, readFile, resolve, type FileNode, type FileTree } from '../files.ts';
import type { CniSettings } from './containerd-settings.ts';
import { listOf, parseConfigList, parsePluginConfig, type NetworkConfigList, type PluginConfig } from './libcni.ts';

export interface Network {
  readonly list: NetworkConfigList;
  /** `eth0` for the first. */
  readonly ifName: string;
  /** The file it comes from. */
  readonly file: string;
}

/** What every request is answered while no network is loaded (ErrCNINotInitialized). */
export const notInitialized = 'cni plugin not initialized';

const invalid = 'invalid cni config';

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

/** ConfFiles: the directory's own files with one of the extensions, bytewise sorted. */
export function configFiles(files: FileTree, directory: string, extensions = ['.conf', '.conflist', '.json']): readonly string[] {
  return (listDirectory(files, directory) ?? [])
    .filter((name) => extensions.includes(extensionOf(name)))
    .map((name) => `${directory.replace(/\/+$/, '')}/${name}`)
    .filter((path) => files.get(resolve(files, path) ?? '')?.kind !== 'directory');
}

function read(files: FileTree, path: string): Result<string, string> {
  const text = readFile(files, path);
  return text === undefined ? fail(`error reading ${path}: open ${path}: no such file or directory`) : ok(text);
}

/** By the file: every sandbox asks for the networks, and the kubelet whenever any file of its machine has changed. */
const parsedLists = new WeakMap<FileNode, Result<NetworkConfigList, string>>();

function parsedList(files: FileTree, path: string): Result<NetworkConfigList, string> {
  const file = files.get(resolve(files, path) ?? '');
  const known = file && parsedLists.get(file);
  if (known !== undefined) return known;
  const text = read(files, path);
  if (!text.ok) return text;
  const list = parseConfigList(text.value);
  if (file !== undefined) parsedLists.set(file, list);
  return list;
}

/** NetworkConfFromFile: the list, and the plugins of a directory beside it that is named as the network. */
function listFromFile(files: FileTree, path: string): Result<NetworkConfigList, string> {
  const list = parsedList(files, path);
  if (!list.ok) return list;
  const plugins: PluginConfig[] = [...list.value.plugins];
  const beside =
    list.value.inlineOnly || list.value.name === ''
      ? []
      : configFiles(files, `${path.slice(0, path.lastIndexOf('/'))}/${list.value.name}`, ['.conf']);
  for (const file of beside) {
    const content = read(files, file);
    const plugin = content.ok ? parsePluginConfig(content.value) : content;
    if (!plugin.ok) return plugin;
    plugins.push(plugin.value);
  }
  return plugins.length === 0 ? fail('no plugin configs found') : ok({ ...list.value, plugins });
}

/** One file of the directory: a list, or a single plugin that is made one. */
function networkFromFile(files: FileTree, path: string): Result<NetworkConfigList, string> {
  if (path.endsWith('.conflist')) {
    const list = listFromFile(files, path);
    return list.ok ? list : fail(`failed to load CNI config list file ${path}: ${list.error}: ${invalid}`);
  }
  const text = read(files, path);
  const plugin = text.ok ? parsePluginConfig(text.value) : text;
  if (!plugin.ok) return fail(`failed to load CNI config file ${path}: ${plugin.error}: ${invalid}`);
  const list = listOf(plugin.value);
  return list.ok ? list : fail(`failed to convert CNI config file ${path} to CNI config list: ${list.error}: ${invalid}`);
}

/**
 * Loads the first `maxConfNum` files; when one of them is broken nothing is loaded, and no later one is tried. The error is the one that
 * containerd logs: `cni config load failed: …: failed to load cni config`.
 */
export function loadNetworks(files: FileTree, settings: CniSettings): Result<readonly Network[], string> {
  const refuse = (why: string) => fail(`cni config load failed: ${why}: failed to load cni config`);
  const found = configFiles(files, settings.confDir);
  if (found.length === 0) return refuse(`no network config found in ${settings.confDir}: ${notInitialized}`);
  const networks: Network[] = [];
  for (const file of settings.maxConfNum > 0 ? found.slice(0, settings.maxConfNum) : found) {
    const list = networkFromFile(files, file);
    if (!list.ok) return refuse(list.error);
    networks.push({ list: list.value, ifName: `eth${networks.length}`, file });
  }
  return ok(networks);
}

/** The condition that the runtime reports to the kubelet: undefined when pods can have a network. */
export function networkNotReady(files: FileTree, settings: CniSettings): { readonly reason: string; readonly message: string } | undefined {
  if (loadNetworks(files, settings).ok) return undefined;
  return { reason: 'NetworkPluginNotReady', message: `Network plugin returns error: ${notInitialized}` };
}

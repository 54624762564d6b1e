/**
 * libcni: network configuration lists, and running their plugins one after another (containernetworking/cni libcni/{conf,api}.go, release 1.3).
 * A result travels as the JSON that the plugin printed.
 */
import { fail, ok, type Result } from '#kube/status.ts';
import { quote } from '#kube/json.ts';
import { dynamicType, goBool, goMap, goString, goStruct, marshal, parseJson, plainOf, unmarshal } from './go-json.ts';
import { execute, findInPath } from './invoke.ts';
import type { Machine } from './machine.ts';
import { errorText, type Call } from './plugin.ts';
import { goDns } from './result.ts';
import { containerIdProblem, interfaceNameProblem, networkNameProblem } from './skel.ts';
import { atLeast, versionProblem } from './versions.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** One plugin of a list. */
export interface PluginConfig {
  readonly type: string;
  /** Its own name: plugins of a list have none, a single-plugin file does. */
  readonly name: string;
  readonly cniVersion: string;
  readonly capabilities: ReadonlyMap<string, boolean>;
  readonly config: JsonObject;
}

export interface NetworkConfigList {
  readonly name: string;
  readonly cniVersion: string;
  readonly plugins: readonly PluginConfig[];
  /** `loadOnlyInlinedPlugins`: a directory of the network's name adds no plugins. */
  readonly inlineOnly: boolean;
  /** The file's text. */
  readonly source: string;
}

const goPluginConf = goStruct('types.PluginConf', {
  cniVersion: goString,
  name: goString,
  type: goString,
  capabilities: goMap(goBool),
  ipam: goStruct('types.IPAM', { type: goString }),
  dns: goDns,
});

/** NetworkPluginConfFromBytes */
export function parsePluginConfig(text: string): Result<PluginConfig, string> {
  const decoded = unmarshal(text, goPluginConf);
  if (!decoded.ok) return fail(`error parsing configuration: ${decoded.error}`);
  const { type = '', name = '', cniVersion = '', capabilities = new Map() } = decoded.value ?? {};
  if (type === '') return fail("error parsing configuration: missing 'type'");
  const parsed = parseJson(text);
  return ok({ type, name, cniVersion, capabilities, config: parsed.ok ? (plainOf(parsed.value) as JsonObject) : {} });
}

const currentVersion = '1.1.0';

/** The newest of `cniVersions` and `cniVersion` that the library knows. */
function chosenVersion(list: JsonObject): Result<string, string> {
  const { cniVersion = '', cniVersions } = list;
  if (typeof cniVersion !== 'string') return fail(`invalid cniVersion type ${dynamicType(cniVersion)}`);
  if (cniVersions === undefined) return ok(cniVersion);
  if (!Array.isArray(cniVersions)) return fail('invalid type for cniVersions: []interface {}');
  const known: string[] = [];
  for (const [i, version] of (cniVersions as unknown[]).entries()) {
    if (typeof version !== 'string') return fail(`invalid type for cniVersions index ${i}: ${dynamicType(version)}`);
    const problem = versionProblem(version);
    if (problem !== undefined) return fail(`invalid cniVersions entry ${version} at index ${i}: ${problem}`);
    if (atLeast(currentVersion, version)) known.push(version);
  }
  if (cniVersion !== '' && atLeast(currentVersion, cniVersion)) known.push(cniVersion);
  return ok(known.sort((a, b) => (a === b ? 0 : atLeast(a, b) ? 1 : -1)).at(-1) ?? cniVersion);
}

function flag(list: JsonObject, key: string): Result<boolean, string> {
  const value = list[key];
  if (value === undefined || typeof value === 'boolean') return ok(value ?? false);
  if (typeof value !== 'string') return fail(`invalid type ${dynamicType(value)} for ${key}`);
  const word = value.toLowerCase();
  return word === 'true' || word === 'false' ? ok(word === 'true') : fail(`invalid value ${quote(word)} for ${key}`);
}

/** NetworkConfFromBytes */
export function parseConfigList(text: string): Result<NetworkConfigList, string> {
  const refuse = (why: string) => fail(`error parsing configuration list: ${why}`);
  const parsed = parseJson(text);
  if (!parsed.ok) return refuse(parsed.error.message);
  if (parsed.value.kind !== 'object' && parsed.value.kind !== 'null')
    return refuse(`json: cannot unmarshal ${parsed.value.kind} into Go value of type map[string]interface {}`);
  const list = (plainOf(parsed.value) ?? {}) as JsonObject;
  const { name } = list;
  if (!('name' in list)) return refuse('no name');
  if (typeof name !== 'string') return refuse(`invalid name type ${dynamicType(name)}`);
  const cniVersion = chosenVersion(list);
  if (!cniVersion.ok) return refuse(cniVersion.error);
  for (const key of ['disableCheck', 'disableGC', 'loadOnlyInlinedPlugins']) {
    const value = flag(list, key);
    if (!value.ok) return refuse(value.error);
  }
  const inlineOnly = flag(list, 'loadOnlyInlinedPlugins');
  const result = { name, cniVersion: cniVersion.value, inlineOnly: inlineOnly.ok && inlineOnly.value, source: text };
  const configs = list['plugins'];
  if (!('plugins' in list))
    return result.inlineOnly ? refuse("`loadOnlyInlinedPlugins` is true, and no 'plugins' key") : ok({ ...result, plugins: [] });
  if (!Array.isArray(configs)) return refuse(`invalid 'plugins' type ${dynamicType(configs)}`);
  if (configs.length === 0) return refuse('no plugins in list');
  const plugins: PluginConfig[] = [];
  for (const [i, config] of (configs as unknown[]).entries()) {
    const plugin = parsePluginConfig(marshal(config));
    if (!plugin.ok) return fail(`failed to parse plugin config ${i}: ${plugin.error}`);
    plugins.push(plugin.value);
  }
  return ok({ ...result, plugins });
}

/** ConfListFromConf: a list of one, of a single-plugin file. */
export function listOf(plugin: PluginConfig): Result<NetworkConfigList, string> {
  return parseConfigList(marshal({ name: plugin.name, cniVersion: plugin.cniVersion, plugins: [plugin.config] }));
}

/** What a runtime passes on: the container, its namespace, its arguments. */
export interface RuntimeConf {
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly args: readonly (readonly [key: string, value: string])[];
  /** By capability: `portMappings`, `bandwidth`, `dns`… */
  readonly capabilityArgs: JsonObject;
}

/** buildOneConfig: the list's name and version, the result so far, and what the plugin is capable of using. */
function configFor(list: NetworkConfigList, plugin: PluginConfig, runtime: RuntimeConf, prevResult: JsonObject | undefined): string {
  const used = Object.entries(runtime.capabilityArgs).filter(([capability]) => plugin.capabilities.get(capability) === true);
  return marshal({
    ...plugin.config,
    name: list.name,
    cniVersion: list.cniVersion,
    ...(prevResult !== undefined && { prevResult }),
    ...(used.length > 0 && { runtimeConfig: Object.fromEntries(used) }),
  });
}

function callOf(command: Call['command'], runtime: RuntimeConf, path: readonly string[], stdin: string): Call {
  const { containerId, netns, ifName, args } = runtime;
  return { command, containerId, netns, ifName, args: args.map(([key, value]) => `${key}=${value}`).join(';'), path, stdin };
}

function description({ type, name }: PluginConfig): string {
  return `type=${quote(type)}${name === '' ? '' : ` name=${quote(name)}`}`;
}

const cacheFile = (list: NetworkConfigList, { containerId, ifName }: RuntimeConf) =>
  `/var/lib/cni/results/${list.name}-${containerId}-${ifName}`;

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function cacheAdd(machine: Machine, list: NetworkConfigList, runtime: RuntimeConf, result: JsonObject): void {
  const entry = {
    kind: 'cniCacheV1',
    containerId: runtime.containerId,
    config: base64(list.source),
    ifName: runtime.ifName,
    networkName: list.name,
    netns: runtime.netns,
    cniArgs: runtime.args,
    capabilityArgs: runtime.capabilityArgs,
    result,
  };
  machine.write(cacheFile(list, runtime), JSON.stringify(entry), 0o600);
}

function cachedResult(machine: Machine, list: NetworkConfigList, runtime: RuntimeConf): JsonObject | undefined {
  const text = machine.read(cacheFile(list, runtime));
  const parsed = text === undefined ? undefined : parseJson(text);
  if (parsed?.ok !== true) return undefined;
  const entry = plainOf(parsed.value) as JsonObject | null;
  return entry?.['result'] as JsonObject | undefined;
}

/** AddNetworkList: runs the plugins in order, each with the result of the one before. What they did before an error stays done. */
export function addNetworkList(
  machine: Machine,
  list: NetworkConfigList,
  runtime: RuntimeConf,
  path: readonly string[],
): Result<JsonObject, string> {
  let result: JsonObject | undefined;
  for (const plugin of list.plugins) {
    const refuse = (why: string) => fail(`plugin ${description(plugin)} failed (add): ${why}`);
    const file = findInPath(machine, plugin.type, path);
    if (!file.ok) return refuse(file.error);
    const problem = containerIdProblem(runtime.containerId) ?? networkNameProblem(list.name) ?? interfaceNameProblem(runtime.ifName);
    if (problem !== undefined) return refuse(errorText(problem));
    const answer = execute(machine, file.value, callOf('ADD', runtime, path, configFor(list, plugin, runtime, result)));
    if (!answer.ok) return refuse(errorText(answer.error));
    const parsed = parseJson(answer.value);
    if (!parsed.ok) return refuse(parsed.error.message);
    result = plainOf(parsed.value) as JsonObject;
  }
  cacheAdd(machine, list, runtime, result ?? {});
  return ok(result ?? {});
}

/** DelNetworkList: runs the plugins in reverse and stops at the first that fails. */
export function delNetworkList(
  machine: Machine,
  list: NetworkConfigList,
  runtime: RuntimeConf,
  path: readonly string[],
): Result<undefined, string> {
  const problem = versionProblem(list.cniVersion);
  if (problem !== undefined) return fail(problem);
  const cached = atLeast(list.cniVersion, '0.4.0') ? cachedResult(machine, list, runtime) : undefined;
  for (const plugin of list.plugins.toReversed()) {
    const refuse = (why: string) => fail(`plugin ${description(plugin)} failed (delete): ${why}`);
    const file = findInPath(machine, plugin.type, path);
    if (!file.ok) return refuse(file.error);
    const answer = execute(machine, file.value, callOf('DEL', runtime, path, configFor(list, plugin, runtime, cached)));
    if (!answer.ok) return refuse(errorText(answer.error));
  }
  machine.remove(cacheFile(list, runtime));
  return ok(undefined);
}

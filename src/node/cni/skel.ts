/** What every plugin does before its own work: reading its environment, checking name, ids and version (cni pkg/skel/skel.go). */
import { quote } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { quoteList } from './go-format.ts';
import { goString, goStruct, marshalIndent, unmarshal } from './go-json.ts';
import { errorCodes, internal, type Call, type CniError, type Environment, type Plugin } from './plugin.ts';
import { resultJson } from './result.ts';
import { hasFullPaths, implementedVersion } from './versions.ts';

const identifier = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

function invalid(code: number, msg: string, details?: string): CniError {
  return { code, msg, ...(details !== undefined && details !== '' && { details }) };
}

/** utils.ValidateContainerID */
export function containerIdProblem(id: string): CniError | undefined {
  if (id === '') return invalid(errorCodes.unknown, 'missing containerID');
  return identifier.test(id) ? undefined : invalid(errorCodes.invalidEnvironment, 'invalid characters in containerID', id);
}

/** utils.ValidateNetworkName */
export function networkNameProblem(name: string): CniError | undefined {
  if (name === '') return invalid(errorCodes.invalidConfig, 'missing network name:');
  return identifier.test(name) ? undefined : invalid(errorCodes.invalidConfig, 'invalid characters found in network name', name);
}

/** utils.ValidateInterfaceName */
export function interfaceNameProblem(name: string): CniError | undefined {
  const code = errorCodes.invalidEnvironment;
  if (name === '') return invalid(code, 'interface name is empty');
  if (name.length > 15) return invalid(code, 'interface name is too long', 'interface name should be less than 16 characters');
  if (name === '.' || name === '..') return invalid(code, 'interface name is . or ..');
  if (/[/:\s]/.test(name)) return invalid(code, 'interface name contains / or : or whitespace characters');
  return undefined;
}

const nameOnly = goStruct('struct { Name string "json:\\"name\\"" }', { name: goString });
const versionOnly = goStruct('struct { CNIVersion string "json:\\"cniVersion\\"" }', { cniVersion: goString });

function configProblem(stdin: string, fullPaths: boolean): CniError | undefined {
  const decoded = unmarshal(stdin, nameOnly, fullPaths);
  if (!decoded.ok) return invalid(errorCodes.decodingFailure, `error unmarshall network config: ${decoded.error}`);
  const name = decoded.value?.name ?? '';
  return name === '' ? invalid(errorCodes.invalidConfig, 'missing network name') : networkNameProblem(name);
}

/** version.ConfigDecoder: the configuration's version, 0.1.0 when it has none. */
export function configVersion(stdin: string, fullPaths: boolean): Result<string, string> {
  const decoded = unmarshal(stdin, versionOnly, fullPaths);
  if (!decoded.ok) return fail(`decoding version from network config: ${decoded.error}`);
  const version = decoded.value?.cniVersion ?? '';
  return ok(version === '' ? '0.1.0' : version);
}

/** version.ErrorIncompatible's details. */
export function incompatible(version: string, supported: readonly string[]): CniError {
  const details = `config is ${quote(version)}, plugin supports ${quoteList(supported)}`;
  return { code: errorCodes.incompatibleVersion, msg: 'incompatible CNI versions', details };
}

function environmentProblem(call: Call): CniError | undefined {
  const needed: [string, string][] = [
    ['CNI_CONTAINERID', call.containerId],
    ...(call.command === 'DEL' ? [] : [['CNI_NETNS', call.netns] as [string, string]]),
    ['CNI_IFNAME', call.ifName],
    ['CNI_PATH', call.path.join(':')],
  ];
  const missing = needed.filter(([, value]) => value === '').map(([name]) => name);
  return missing.length === 0 ? undefined : invalid(errorCodes.invalidEnvironment, `required env variables [${missing.join(',')}] missing`);
}

/** Runs a plugin's program: what it prints on standard output, or the error object it prints there before it exits 1. */
export function runPlugin(plugin: Plugin, call: Call, environment: Environment): Result<string, CniError> {
  const supported = plugin.versions(environment.version);
  if (call.command === 'VERSION') {
    const cniVersion = implementedVersion(environment.version);
    return ok(`${JSON.stringify({ cniVersion, supportedVersions: supported })}\n`);
  }
  const fullPaths = hasFullPaths(environment.version);
  const problem =
    environmentProblem(call) ??
    configProblem(call.stdin, fullPaths) ??
    containerIdProblem(call.containerId) ??
    interfaceNameProblem(call.ifName);
  if (problem !== undefined) return fail(problem);
  const version = configVersion(call.stdin, fullPaths);
  if (!version.ok) return fail(invalid(errorCodes.decodingFailure, version.error));
  if (!supported.includes(version.value)) return fail(incompatible(version.value, supported));
  if (call.command !== 'ADD') {
    const done = plugin.del(call, environment);
    return done.ok ? ok('') : done;
  }
  const answer = plugin.add(call, environment);
  if (!answer.ok) return answer;
  const { result, cniVersion, unconverted = false } = answer.value;
  const implemented = implementedVersion(environment.version);
  const json = resultJson(result, unconverted ? implemented : cniVersion, implemented);
  if (!json.ok) return fail(internal(json.error));
  return ok(marshalIndent(unconverted ? { ...json.value, cniVersion } : json.value));
}

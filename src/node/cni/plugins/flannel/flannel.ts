/** flannel: makes a bridge configuration out of what flanneld wrote down, and leaves the work to bridge (flannel-io/cni-plugin). */
import { fail, ok, type Result } from '#kube/status.ts';
import { goAny, goMap, goString, marshal, parseJson, plainOf, unmarshal, type GoInfer } from '../../go-json.ts';
import { internal, type Call, type CniError, type Answer, type Environment, type Plugin } from '../../plugin.ts';
import { parseResult } from '../../result.ts';
import { allVersions, atLeast, hasFullPaths } from '../../versions.ts';
import { netConf } from '../net-conf.ts';
import { parseSubnetEnv, type SubnetEnv } from './subnet-env.ts';

const goDictionary = goMap(goAny, 'map[string]interface {}');
const goNetConf = netConf({
  ipam: goDictionary,
  subnetFile: goString,
  dataDir: goString,
  delegate: goDictionary,
  runtimeConfig: goDictionary,
});

type NetConf = GoInfer<typeof goNetConf>;

function load(stdin: string, version: string): Result<NetConf, string> {
  const decoded = unmarshal(stdin, goNetConf, hasFullPaths(version));
  return decoded.ok ? ok(decoded.value ?? {}) : fail(`failed to load netconf: ${decoded.error}`);
}

function readSubnetEnv({ machine, version }: Environment, path: string): Result<SubnetEnv, string> {
  const problem = machine.openProblem(path);
  const read = problem === undefined ? parseSubnetEnv(path, machine.read(path) ?? '') : fail(problem);
  if (read.ok) return read;
  return fail(
    atLeast(version, '1.6.0')
      ? `failed to load flannel 'subnet.env' file: ${read.error}. Check the flannel pod log for this node.`
      : `loadFlannelSubnetEnv failed: ${read.error}`,
  );
}

/** The bridge's configuration: what `delegate` does not say follows from subnet.env (flannel_linux.go). */
function delegateConfig(config: NetConf, env: SubnetEnv): Readonly<Record<string, unknown>> {
  const delegate = Object.fromEntries(config.delegate ?? []);
  const own = Object.fromEntries(config.ipam ?? []);
  const type = delegate['type'] ?? 'bridge';
  const subnets = [env.subnet, env.ipv6Subnet].filter((subnet) => subnet !== undefined);
  const routes = Array.isArray(own['routes']) ? (own['routes'] as unknown[]) : [];
  return {
    type,
    ipMasq: !env.ipMasq,
    mtu: env.mtu,
    ...(type === 'bridge' && { isGateway: true }),
    ...delegate,
    ...(config.runtimeConfig !== undefined && { runtimeConfig: Object.fromEntries(config.runtimeConfig) }),
    name: config.name ?? '',
    ...((config.cniVersion ?? '') !== '' && { cniVersion: config.cniVersion }),
    ipam: {
      type: 'host-local',
      ...own,
      ranges: subnets.map((subnet) => [{ subnet }]),
      routes: [...routes, ...[...env.networks, ...env.ipv6Networks].map((dst) => ({ dst }))],
    },
  };
}

/** The rendered configuration is kept for DEL. */
const scratchFile = (config: NetConf, call: Call) => `${config.dataDir ?? '/var/lib/cni/flannel'}/${call.containerId}`;

function add(call: Call, environment: Environment): Result<Answer, CniError> {
  const loaded = load(call.stdin, environment.version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const config = loaded.value;
  const env = readSubnetEnv(environment, config.subnetFile ?? '/run/flannel/subnet.env');
  if (!env.ok) return fail(internal(env.error));
  const { delegate } = config;
  if (delegate?.has('type') === true && typeof delegate.get('type') !== 'string')
    return fail(internal("'delegate' dictionary, if present, must have (string) 'type' field"));
  for (const key of ['name', 'ipam'])
    if (delegate?.has(key) === true) return fail(internal(`'delegate' dictionary must not have '${key}' field, it'll be set by flannel`));
  const rendered = delegateConfig(config, env.value);
  const stdin = marshal(rendered);
  environment.machine.makeDirectory(scratchFile(config, { ...call, containerId: '' }).replace(/\/$/, ''), 0o700);
  environment.machine.write(scratchFile(config, call), stdin, 0o600);
  const answer = environment.delegate(String(rendered['type']), 'ADD', stdin);
  // An error object of the delegate passes as it is; one of finding it gets a frame.
  if (!answer.ok)
    return answer.error.msg.startsWith('failed to find plugin') ? fail(internal(`failed to delegate add: ${answer.error.msg}`)) : answer;
  const result = parseResult(answer.value);
  return result.ok ? ok({ cniVersion: config.cniVersion ?? '', result: result.value }) : fail(internal(result.error));
}

function del(call: Call, environment: Environment): Result<undefined, CniError> {
  const loaded = load(call.stdin, environment.version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const path = scratchFile(loaded.value, call);
  const stdin = environment.machine.read(path);
  if (stdin === undefined) return ok(undefined);
  const parsed = parseJson(stdin);
  const rendered = parsed.ok ? (plainOf(parsed.value) as { readonly type?: unknown }) : undefined;
  if (rendered === undefined) return ok(undefined);
  const answer = environment.delegate(String(rendered.type), 'DEL', stdin);
  if (!answer.ok) return answer;
  environment.machine.remove(path);
  return ok(undefined);
}

export const flannel: Plugin = { name: 'flannel', versions: allVersions, add, del };

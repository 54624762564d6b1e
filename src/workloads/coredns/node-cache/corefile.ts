/** The Corefile that node-cache makes of its template and of the ConfigMap kube-dns. (kubernetes/dns: cmd/node-cache/app/configmap.go) */
import type { ContainerContext } from '#node/program.ts';
import type { NodeCache } from './flags.ts';

export interface WrittenCorefile {
  /** Undefined where there was no template. */
  readonly text: string | undefined;
  /** What it says of it at its start, without the time. */
  readonly logs: readonly string[];
  /** What it says of it when it has noticed a change. */
  readonly update: readonly string[];
}

interface KubeDnsConfig {
  readonly stubDomains: readonly (readonly [domain: string, servers: readonly string[]])[];
  readonly upstreamNameservers: readonly string[];
}

const nothing: KubeDnsConfig = { stubDomains: [], upstreamNameservers: [] };

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function kubeDnsConfig(context: ContainerContext, directory: string): KubeDnsConfig {
  const domains = parsed(context.file(`${directory}/stubDomains`));
  return {
    stubDomains: Object.entries(typeof domains === 'object' && domains !== null ? domains : {}).map(([name, list]) => [
      name,
      strings(list),
    ]),
    upstreamNameservers: strings(parsed(context.file(`${directory}/upstreamNameservers`))),
  };
}

/** Where the ConfigMap kube-dns is: where a flag says, else at its usual place when something is mounted there. */
function kubeDnsDirectory({ container }: ContainerContext, { kubeDns }: NodeCache): string | undefined {
  if (kubeDns !== '') return kubeDns;
  const usual = '/etc/kube-dns';
  return container.volumeMounts?.some((one) => one.mountPath.replace(/\/$/, '') === usual) === true ? usual : undefined;
}

/** The Corefile as it is written now, from what the container's files and variables say. */
export function corefileOf(context: ContainerContext, config: NodeCache): WrittenCorefile {
  const directory = kubeDnsDirectory(context, config);
  const first = write(context, config, nothing);
  if (directory === undefined)
    return { ...first, update: first.logs, logs: [...first.logs, '[INFO] Skipping kube-dns configmap sync as no directory was specified'] };
  const second = write(context, config, kubeDnsConfig(context, directory));
  return { text: second.text, logs: [...first.logs, ...second.logs], update: second.logs };
}

/** The variable that tells where the upstream Service is. */
export function upstreamVariable({ upstreamService }: NodeCache): string {
  return `${upstreamService.replaceAll('-', '_').toUpperCase()}_SERVICE_HOST`;
}

function write(
  context: ContainerContext,
  config: NodeCache,
  { stubDomains, upstreamNameservers }: KubeDnsConfig,
): Omit<WrittenCorefile, 'update'> {
  const template = context.file(config.template);
  const cluster = context.env.get(upstreamVariable(config));
  const logs: string[] = [];
  if (template === undefined) {
    const why = `open ${config.template}: no such file or directory`;
    logs.push(`[ERROR] Failed to read node-cache coreFile ${config.template} - ${why}`);
    return { text: context.file(config.corefile), logs };
  }
  const bound = config.localIps.join(' ');
  const upstream = upstreamNameservers.length === 0 ? '/etc/resolv.conf' : upstreamNameservers.join(' ');
  const stubs = stubDomains.map(
    ([name, servers]) => `\n${name}:${config.port} {\n    errors\n    cache 30\n    bind ${bound}\n    forward . ${servers.join(' ')}\n}\n`,
  );
  const text =
    template
      .replaceAll('__PILLAR__UPSTREAM__SERVERS__', upstream)
      .replaceAll('__PILLAR__CLUSTER__DNS__', cluster ?? '<nil>')
      .replaceAll('__PILLAR__LOCAL__DNS__', bound)
      .replaceAll('__PILLAR__DNS__SERVER__', '') + stubs.join('');
  logs.push(`[INFO] Updated Corefile with ${stubs.length} custom stubdomains and upstream servers ${upstream}`);
  logs.push(`[INFO] Using config file:\n${text}`);
  return { text, logs };
}

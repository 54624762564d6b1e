/** A pod's resolv.conf, as the kubelet makes it and the runtime writes it (pkg/kubelet/network/dns/dns.go). */
import type { Pod } from '#kube/kinds/pod.ts';

/** What the kubelet knows when it makes a pod's resolv.conf. */
export interface ResolvConfInput {
  readonly pod: Pod;
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  /** The text of the kubelet's `resolvConf` file. */
  readonly hostText: string;
  /** `resolvConf: ""`: pods with the host's settings get none of them. */
  readonly withoutHost: boolean;
}

export interface ResolvConfOutput {
  readonly text: string;
  /** Warnings about the pod, with their reasons. */
  readonly events: readonly {
    readonly reason: 'DNSConfigForming' | 'MissingClusterDNS';
    readonly message: string;
  }[];
}

interface Settings {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

const mostNameservers = 3;
const mostSearches = 32;
const longestSearchLine = 2048;
const longestSearch = 253;

/** Reads a resolv.conf as the kubelet does: nameservers add up, the last search line counts, options merge by name. */
function parseHostResolvConf(text: string): Settings {
  const servers: string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || line.trim().startsWith('#')) continue;
    if (words[0] === 'nameserver' && words[1] !== undefined) servers.push(words[1]);
    if (words[0] === 'search')
      searches = words
        .slice(1)
        .map((one) => (one === '.' ? one : one.replace(/\.$/, '')))
        .filter((one) => one !== '.');
    if (words[0] === 'options') options = mergeOptions(options, words.slice(1));
  }
  return { servers, searches, options };
}

/** Options by name, a later value in the place of an earlier one. */
function mergeOptions(first: readonly string[], then: readonly string[]): readonly string[] {
  const nameOf = (option: string) => option.split(':')[0]!;
  const merged = new Map(first.map((option) => [nameOf(option), option]));
  for (const option of then) merged.set(nameOf(option), option);
  return [...merged.values()];
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}

/** The resolv.conf of a pod by its dnsPolicy, hostNetwork and dnsConfig, cut to what resolvers take. */
export function podResolvConf(input: ResolvConfInput): ResolvConfOutput {
  const { pod } = input;
  const events: ResolvConfOutput['events'][number][] = [];
  const base = baseOf(input, events);
  const fitted = fit(pod.spec.dnsConfig === undefined ? base : withConfig(base, pod.spec.dnsConfig), events);
  const lines = [
    ...(fitted.searches.length > 0 ? [`search ${fitted.searches.join(' ')}`] : []),
    ...fitted.servers.map((server) => `nameserver ${server}`),
    ...(fitted.options.length > 0 ? [`options ${fitted.options.join(' ')}`] : []),
  ];
  return { text: lines.map((line) => `${line}\n`).join(''), events };
}

/** What a pod's dnsConfig adds. Without one, even what the host's file says twice stays as it is. */
function withConfig(base: Settings, { nameservers, searches, options }: NonNullable<Pod['spec']['dnsConfig']>): Settings {
  const own = (options ?? []).flatMap(({ name, value }) =>
    name === undefined ? [] : [value === undefined || value === '' ? name : `${name}:${value}`],
  );
  return {
    servers: unique([...base.servers, ...(nameservers ?? [])]),
    searches: unique([...base.searches, ...(searches ?? [])]),
    options: mergeOptions(base.options, own),
  };
}

function baseOf(
  { pod, clusterDNS, clusterDomain, hostText, withoutHost }: ResolvConfInput,
  events: ResolvConfOutput['events'][number][],
): Settings {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  const host: Settings = withoutHost ? { servers: ['127.0.0.1'], searches: ['.'], options: [] } : parseHostResolvConf(hostText);
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const cluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec.hostNetwork !== true);
  if (!cluster) return host;
  if (clusterDNS.length === 0) {
    events.push({
      reason: 'MissingClusterDNS',
      message: `pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`,
    });
    return host;
  }
  const own = clusterDomain === '' ? [] : [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  const hostSearches = withoutHost ? [] : host.searches;
  return { servers: clusterDNS, searches: unique([...own, ...hostSearches]), options: ['ndots:5'] };
}

function fit(wanted: Settings, events: ResolvConfOutput['events'][number][]): Settings {
  let { servers } = wanted;
  if (servers.length > mostNameservers) {
    servers = servers.slice(0, mostNameservers);
    events.push({
      reason: 'DNSConfigForming',
      message: `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${servers.join(' ')}`,
    });
  }
  let searches = wanted.searches.slice(0, mostSearches).filter((one) => one.length <= longestSearch);
  while (searches.join(' ').length > longestSearchLine) searches = searches.slice(0, -1);
  if (searches.length < wanted.searches.length) {
    events.push({
      reason: 'DNSConfigForming',
      message: `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(' ')}`,
    });
  }
  return { servers, searches, options: wanted.options };
}

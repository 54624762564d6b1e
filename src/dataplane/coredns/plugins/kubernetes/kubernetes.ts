/** The cluster's own zone. (coredns: plugin/kubernetes/{handler,kubernetes,autopath,ready}.go) */
import { pick } from '#kube/chance.ts';
import { labelsOf } from '../../../dns/name.ts';
import type { ResourceRecord } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { nameOf, type CorednsPlugin, type KubernetesApi, type Request, type Setup, type StartContext } from '../../plugin.ts';
import { atLeast } from '../../release.ts';
import { resolvConfSearch } from '../../resolv-conf.ts';
import { normalizeName, zoneOf } from '../../zone.ts';
import type { SearchPath } from '../autopath/autopath.ts';
import { addresses, negative, positive, services, soa, type Backend, type Records } from './answer.ts';
import { ObjectIndex, type Selection } from './objects.ts';
import { find, findReverse, kindOf, nameServers, type Found, type View } from './records.ts';
import { parseSettings, type Settings } from './setup.ts';

/** What other plugins of the block ask of this one (`k8s_external`). */
export interface KubernetesZone {
  view(): View;
  readonly ttl: number;
  serial(): number;
  localIps(): readonly string[];
}

export const kubernetes: CorednsPlugin = {
  name: 'kubernetes',
  setup(setup) {
    const settings = parseSettings(setup);
    const api = connect(setup, settings);
    const view = viewOf(settings, api);
    const { files, addresses: own } = setup.environment;
    const localIps = () => (setup.block.listenHosts.every((host) => host === '') ? own : setup.block.listenHosts);
    const search = [...resolvConfSearch(files.read('/etc/resolv.conf') ?? '').map(normalizeName), ''];
    const zone: KubernetesZone = { view, ttl: settings.ttl, serial: () => Math.floor(api.modified() / 1000), localIps };
    const backend: Backend = {
      name: 'kubernetes',
      ttl: settings.ttl,
      serial: zone.serial,
      find: (name, spelled) => findTargets(zone, name, spelled),
    };
    setup.block.offers.set('kubernetes', autoPath(settings, view, search));
    setup.block.offers.set('kubernetes zone', zone);
    setup.hook('kubernetes', { start: (context) => waitForApi(setup, settings, api, context), isReady: () => api.synced() });
    setup.add({
      name: 'kubernetes',
      serve(request, next) {
        const name = nameOf(request);
        const matched = zoneOf(settings.zones, name);
        if (matched === undefined) return next(request);
        // The zone keeps the letter case of the question.
        const spelled = request.query.question.name.slice(-matched.length);
        if (request.query.question.type === 'AXFR' || request.query.question.type === 'IXFR') return { rcode: 'REFUSED' };
        const records = answer(backend, zone, request, name, spelled);
        if (records !== 'no such name')
          return records.answer.length > 0 ? positive(backend, request, records) : negative(backend, request, spelled, 'NOERROR');
        if (settings.fall.through(name)) return next(request);
        return negative(backend, request, spelled, api.synced() ? 'NXDOMAIN' : 'SERVFAIL');
      },
    });
  },
};

/** The API server that is asked; an error where there is no way to know one. */
function connect(setup: Setup, settings: Settings): KubernetesApi {
  const { kubernetes: api, files } = setup.environment;
  if (settings.kubeconfig !== undefined && files.read(settings.kubeconfig) === undefined) {
    throw new CorefileError(`stat ${settings.kubeconfig}: no such file or directory`);
  }
  if (api !== undefined) return api;
  throw new CorefileError('unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined');
}

/** The plugin's view of the cluster, made anew when the cluster is another. */
function viewOf(settings: Settings, api: KubernetesApi): () => View {
  const selection: Selection = { labels: settings.labels, namespaceLabels: settings.namespaceLabels ?? [], endpoints: settings.endpoints };
  const { pods, podNames, ignoreEmpty, namespaces, primaryZone } = settings;
  let objects: unknown;
  let view: View | undefined;
  return () => {
    const current = api.objects();
    if (view === undefined || objects !== current) {
      objects = current;
      view = { index: new ObjectIndex(current, selection), pods, podNames, ignoreEmpty, namespaces, primaryZone };
    }
    return view;
  };
}

function findTargets(zone: KubernetesZone, name: string, spelled: string): Found {
  const lower = spelled.toLowerCase();
  if (name === (lower === '.' ? 'ns.dns.' : `ns.dns.${lower}`))
    return nameServers(zone.view(), zone.localIps(), spelled).map((target) => ({ ...target, name }));
  return find(zone.view(), name, spelled);
}

/** Records for a question, `answer` being empty when the name holds none of the type. */
function answer(backend: Backend, zone: KubernetesZone, request: Request, name: string, spelled: string): Records | 'no such name' {
  const { question } = request.query;
  const record = (type: ResourceRecord['type'], data: string): ResourceRecord => ({
    name: question.name,
    ttl: backend.ttl,
    class: 'IN',
    type,
    data,
  });
  switch (question.type) {
    case 'A':
    case 'AAAA': {
      const records = addresses(backend, request, question.name, spelled, question.type);
      return records === 'no such name' ? records : { answer: records };
    }
    case 'TXT': {
      const labels = labelsOf(name.slice(0, name.length - spelled.length));
      return { answer: labels.length === 1 && labels[0] === 'dns-version' ? [{ ...record('TXT', '"1.1.0"'), ttl: 28800 }] : [] };
    }
    case 'CNAME': {
      const found = backend.find(name, spelled);
      if (found === 'no such name') return found;
      return { answer: found.slice(0, 1).flatMap(({ host }) => (kindOf(host) === 'CNAME' ? [record('CNAME', normalizeName(host))] : [])) };
    }
    case 'SRV': {
      const found = backend.find(name, spelled);
      if (found === 'no such name') return found;
      return services(
        backend,
        question.name,
        found.filter(({ host }) => kindOf(host) !== 'CNAME'),
      );
    }
    case 'PTR': {
      const names = findReverse(zone.view(), name);
      if (names === undefined) return backend.find(name, spelled) === 'no such name' ? 'no such name' : { answer: [] };
      return names.length === 0 ? 'no such name' : { answer: [...new Set(names)].map((data) => record('PTR', data)) };
    }
    case 'SOA':
      return { answer: name === spelled.toLowerCase() ? [soa(backend, spelled)] : [] };
    case 'NS':
      if (name === spelled.toLowerCase()) return nameServerRecords(backend, zone, question.name, spelled);
      break;
    default:
      break;
  }
  // What the name holds of other types is nothing; whether it exists, a question for its address tells.
  return backend.find(name, spelled) === 'no such name' ? 'no such name' : { answer: [] };
}

function nameServerRecords(backend: Backend, zone: KubernetesZone, name: string, spelled: string): Records {
  const servers = nameServers(zone.view(), zone.localIps(), spelled);
  const answer = [...new Set(servers.map((server) => server.name))].map(
    (data) => ({ name, ttl: backend.ttl, class: 'IN', type: 'NS', data }) as const,
  );
  const additional = servers.map(
    (server) => ({ name: server.name, ttl: backend.ttl, class: 'IN', type: kindOf(server.host), data: server.host }) as const,
  );
  return { answer, additional };
}

/** The search path of a pod that is known by its address; only `pods verified` watches pods. */
function autoPath({ zones, pods }: Settings, view: () => View, search: readonly string[]): SearchPath {
  return (request) => {
    const zone = zoneOf(zones, nameOf(request));
    if (zone === undefined || pods !== 'verified') return undefined;
    const [pod] = view().index.podsOfIp(request.client.ip);
    if (pod === undefined) return undefined;
    const suffix = zone === '.' ? '' : zone;
    return [`${pod.namespace}.svc.${suffix}`, `svc.${suffix}`, zone, ...search];
  };
}

/** Waits for the first lists of the API server, at most the start-up timeout. */
function waitForApi(setup: Setup, settings: Settings, api: KubernetesApi, context: StartContext): undefined {
  if (api.synced()) return undefined;
  const { seed, version } = setup.environment;
  const lines: { at: number; text: string }[] = [];
  const end = settings.startupTimeout * 1000;
  for (let at = 500; at < end; at += 500)
    lines.push({ at, text: '[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server' });
  api.failures().forEach((cause, kind) => {
    // The reflectors of client-go try again after 0.8 s, then after twice as long each time, and up to as much again by chance.
    for (let at = 1, wait = 800; at < end; wait *= 2) {
      const told = atLeast(version, '1.14.0') ? `Failed to watch: ${cause}` : 'Failed to watch';
      lines.push({ at, text: `[ERROR] plugin/kubernetes: ${told}` });
      at += wait + pick(`${seed}/coredns/reflector/${kind}/${wait}`, wait);
    }
  });
  const begin = context.now;
  for (const { at, text } of lines.sort((a, b) => a.at - b.at)) {
    context.now = begin + at;
    context.log(text);
  }
  context.now = begin + end;
  context.log('[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API');
  return undefined;
}

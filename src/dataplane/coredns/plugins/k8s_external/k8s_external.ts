/** Names of the cluster for the outside: external addresses of Services. (coredns: plugin/k8s_external, plugin/kubernetes/external.go) */
import { replyTo, type Reply, type ResourceRecord } from '../../../dns/message.ts';
import { addressOfReverse, isSubDomain, labelsOf } from '../../../dns/name.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { atoi } from '../../go/number.ts';
import { nameOf, written, type CorednsPlugin, type Request, type Result, type Setup } from '../../plugin.ts';
import { Fallthrough, zoneOf } from '../../zone.ts';
import type { KubernetesZone } from '../kubernetes/kubernetes.ts';
import { endpointName } from '../kubernetes/objects.ts';
import { isExposed, kindOf, nameServers, type Target } from '../kubernetes/records.ts';

interface Settings {
  zones: readonly string[];
  apex: string;
  ttl: number;
  headless: boolean;
  readonly fall: Fallthrough;
}

export const k8sExternal: CorednsPlugin = {
  name: 'k8s_external',
  setup(setup) {
    const settings = parse(setup);
    let cluster: KubernetesZone | undefined;
    setup.hook('k8s_external', {
      start() {
        cluster = setup.block.offers.get('kubernetes zone') as KubernetesZone | undefined;
        return cluster === undefined ? 'plugin/k8s_external: kubernetes plugin not loaded' : undefined;
      },
    });
    setup.add({
      name: 'k8s_external',
      serve(request, next) {
        const zone = zoneOf(settings.zones, nameOf(request));
        if (zone === undefined || cluster === undefined) return next(request);
        return new ExternalZone(settings, cluster, zone).serve(request, next);
      },
    });
  },
};

function parse(setup: Setup): Settings {
  const settings: Settings = { zones: [], apex: 'dns', ttl: 5, headless: false, fall: new Fallthrough() };
  while (setup.next()) {
    settings.zones = setup.zonesOr(setup.remainingArgs());
    while (setup.nextBlock()) {
      const option = setup.word();
      const args = setup.remainingArgs();
      if (option === 'ttl') {
        if (args.length === 0) throw setup.argumentError();
        const ttl = atoi(args[0]!);
        if (!ttl.ok) throw new CorefileError(ttl.error);
        if (ttl.value < 0 || ttl.value > 3600) throw setup.error(`ttl must be in range [0, 3600]: ${ttl.value}`);
        settings.ttl = ttl.value;
      } else if (option === 'apex') {
        if (args.length === 0) throw setup.argumentError();
        settings.apex = args[0]!;
      } else if (option === 'headless') settings.headless = true;
      else if (option === 'fallthrough') settings.fall.set(args);
      else throw setup.error(`unknown property '${option}'`);
    }
  }
  return settings;
}

class ExternalZone {
  readonly #settings: Settings;
  readonly #cluster: KubernetesZone;
  readonly #zone: string;

  constructor(settings: Settings, cluster: KubernetesZone, zone: string) {
    this.#settings = settings;
    this.#cluster = cluster;
    this.#zone = zone;
  }

  serve(request: Request, next: (request: Request) => Result): Result {
    const name = nameOf(request);
    const { apex, fall } = this.#settings;
    if (name === this.#zone) return this.#apex(request);
    if (isSubDomain(`${apex}.${this.#zone}`, name)) return this.#below(request);
    const found = this.#find(request);
    if (found === 'no such name')
      return fall.through(name) ? next(request) : written(this.#reply(request, { rcode: 'NXDOMAIN', authority: [this.#soa()] }));
    const records = this.#records(request, found);
    return written(this.#reply(request, records.answer.length > 0 ? records : { authority: [this.#soa()] }));
  }

  #record(name: string, type: ResourceRecord['type'], data: string): ResourceRecord {
    return { name, ttl: this.#settings.ttl, class: 'IN', type, data };
  }

  #soa(): ResourceRecord {
    const { apex, ttl } = this.#settings;
    return this.#record(
      this.#zone,
      'SOA',
      `ns1.${apex}.${this.#zone} hostmaster.${apex}.${this.#zone} ${this.#cluster.serial()} 7200 1800 86400 ${ttl}`,
    );
  }

  #reply(request: Request, parts: Partial<Reply>): Reply {
    const empty = replyTo(request.query, 'k8s_external');
    return { ...empty, flags: { ...empty.flags, aa: true }, ...parts };
  }

  /** The external addresses of the Service in front of this server. */
  #servers(): readonly Target[] {
    const { headless } = this.#settings;
    return nameServers(this.#cluster.view(), this.#cluster.localIps(), this.#zone, { headless });
  }

  #apex(request: Request): Result {
    const { name, type } = request.query.question;
    const server = `ns1.${this.#settings.apex}.${this.#zone}`;
    if (type === 'SOA') return written(this.#reply(request, { answer: [this.#soa()] }));
    if (type !== 'NS') return written(this.#reply(request, { authority: [this.#soa()] }));
    const additional = this.#servers().map(({ host }) => this.#record(server, kindOf(host), host));
    return written(this.#reply(request, { answer: [this.#record(name, 'NS', server)], additional }));
  }

  /** `dns.ZONE` and `ns1.dns.ZONE`, where the name server lives. */
  #below(request: Request): Result {
    const { name, type } = request.query.question;
    const labels = labelsOf(nameOf(request).slice(0, -this.#zone.length));
    const authority = [this.#soa()];
    if (labels.length === 1) return written(this.#reply(request, { authority }));
    if (labels.length > 2 || labels[0] !== 'ns1') return written(this.#reply(request, { rcode: 'NXDOMAIN', authority }));
    const answer = this.#servers()
      .filter(({ host }) => kindOf(host) === type)
      .map(({ host }) => this.#record(name, type, host));
    return written(this.#reply(request, answer.length > 0 ? { answer } : { authority }));
  }

  #find(request: Request): readonly Target[] | 'no such name' {
    const view = this.#cluster.view();
    if (request.query.question.type === 'PTR') {
      const ip = addressOfReverse(nameOf(request));
      const services = ip === undefined ? [] : view.index.servicesOfExternalIp(ip);
      if (ip !== undefined) {
        const zone = this.#settings.zones.find((one) => !one.endsWith('.arpa.')) ?? this.#zone;
        return services.length === 0
          ? 'no such name'
          : services.map((service) => ({ host: `${service.name}.${service.namespace}.${zone}`, port: 0, name: '' }));
      }
    }
    const labels = labelsOf(nameOf(request).slice(0, -this.#zone.length));
    const namespace = labels.pop()!;
    if (!isExposed(view, namespace)) return 'no such name';
    const name = labels.pop();
    if (name === undefined) return [];
    if (labels.length > 2) return 'no such name';
    const service = view.index.service(namespace, name);
    if (service === undefined) return 'no such name';
    const [port, protocol] = labels.length === 2 ? labels.map((label) => label.replace(/^_/, '')) : [undefined, undefined];
    const endpoint = labels.length === 1 ? labels[0]!.replace(/^_/, '') : undefined;
    const fits = (entry: { readonly name: string; readonly protocol: string }) =>
      (port === undefined || entry.name.toLowerCase() === port) && (protocol === undefined || entry.protocol.toLowerCase() === protocol);
    const own = `${service.name}.${service.namespace}.${this.#zone}`;
    const targets: Target[] = [];
    if (this.#settings.headless && service.externalIps.length === 0 && (service.headless || endpoint !== undefined)) {
      for (const slice of view.index.endpoints(namespace, name)) {
        for (const address of slice.addresses) {
          const label = endpointName(address, view.podNames);
          if (endpoint !== undefined && label.toLowerCase() !== endpoint) continue;
          for (const entry of slice.ports) if (fits(entry)) targets.push({ host: address.ip, port: entry.port, name: `${label}.${own}` });
        }
      }
    } else
      for (const host of service.externalIps)
        for (const entry of service.ports) if (fits(entry)) targets.push({ host, port: entry.port, name: own });
    return targets.length > 0 ? targets : 'no such name';
  }

  #records(
    request: Request,
    targets: readonly Target[],
  ): { readonly answer: readonly ResourceRecord[]; readonly additional: readonly ResourceRecord[] } {
    const { name, type } = request.query.question;
    const unique = (records: readonly ResourceRecord[]) => [
      ...new Map(records.map((record) => [`${record.name} ${record.data}`, record])).values(),
    ];
    if (type === 'PTR') return { answer: targets.map(({ host }) => this.#record(name, 'PTR', host)), additional: [] };
    if (type === 'SRV') {
      const weight = Math.max(1, Math.floor(100 / targets.length));
      const services = targets.filter(({ port }) => port !== -1);
      return {
        answer: unique(
          services.map((target) =>
            this.#record(name, 'SRV', `0 ${weight} ${target.port} ${kindOf(target.host) === 'CNAME' ? `${target.host}.` : target.name}`),
          ),
        ),
        additional: unique(
          services
            .filter(({ host }) => kindOf(host) !== 'CNAME')
            .map((target) => this.#record(target.name, kindOf(target.host), target.host)),
        ),
      };
    }
    if (type !== 'A' && type !== 'AAAA') return { answer: [], additional: [] };
    const records: ResourceRecord[] = [];
    for (const { host } of targets) {
      const kind = kindOf(host);
      if (kind === type) records.push(this.#record(name, type, host));
      else if (kind === 'CNAME') records.push(this.#record(name, 'CNAME', `${host}.`), ...(request.lookup(host, type)?.answer ?? []));
    }
    return { answer: unique(records), additional: [] };
  }
}

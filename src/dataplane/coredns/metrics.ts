/** What CoreDNS counts, and how Prometheus reads it. (coredns: plugin/metrics/vars, plugin/{cache,forward,kubernetes,…}/metrics.go) */
import { buildOf } from './release.ts';
import type { Metrics, Series } from './plugin.ts';

interface Family {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Shown as 0 while nothing was counted. */
  readonly zero?: boolean;
}

const families: { readonly [name: string]: Family } = {
  coredns_build_info: {
    help: "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
    type: 'gauge',
  },
  coredns_cache_entries: { help: 'The number of elements in the cache.', type: 'gauge' },
  coredns_cache_hits_total: { help: 'The count of cache hits.', type: 'counter' },
  coredns_cache_misses_total: {
    help: 'The count of cache misses. Deprecated, derive misses from cache hits/requests counters.',
    type: 'counter',
  },
  coredns_cache_requests_total: { help: 'The count of cache requests.', type: 'counter' },
  coredns_dns_request_duration_seconds: { help: 'Histogram of the time (in seconds) each request took per zone.', type: 'histogram' },
  coredns_dns_request_size_bytes: { help: 'Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol.', type: 'histogram' },
  coredns_dns_requests_total: { help: 'Counter of DNS requests made per zone, protocol and family.', type: 'counter' },
  coredns_dns_response_size_bytes: { help: 'Size of the returned response in bytes.', type: 'histogram' },
  coredns_dns_responses_total: { help: 'Counter of response status codes.', type: 'counter' },
  coredns_forward_healthcheck_broken_total: {
    help: 'Counter of the number of complete failures of the healthchecks.',
    type: 'counter',
    zero: true,
  },
  coredns_forward_max_concurrent_rejects_total: {
    help: 'Counter of the number of queries rejected because the concurrent queries were at maximum.',
    type: 'counter',
    zero: true,
  },
  coredns_health_request_duration_seconds: { help: 'Histogram of the time (in seconds) each request took.', type: 'histogram', zero: true },
  coredns_health_request_failures_total: { help: 'The number of times the health check failed.', type: 'counter', zero: true },
  coredns_hosts_reload_timestamp_seconds: { help: 'The timestamp of the last reload of hosts file.', type: 'gauge', zero: true },
  coredns_local_localhost_requests_total: { help: 'Counter of localhost.<domain> requests.', type: 'counter', zero: true },
  coredns_panics_total: { help: 'A metrics that counts the number of panics.', type: 'counter', zero: true },
  coredns_plugin_enabled: { help: 'A metric that indicates whether a plugin is enabled on per server and zone basis.', type: 'gauge' },
  coredns_proxy_conn_cache_hits_total: { help: 'Counter of connection cache hits per upstream and protocol.', type: 'counter' },
  coredns_proxy_conn_cache_misses_total: { help: 'Counter of connection cache misses per upstream and protocol.', type: 'counter' },
  coredns_proxy_request_duration_seconds: { help: 'Histogram of the time each request took.', type: 'histogram' },
  coredns_reload_failed_total: { help: 'Counter of the number of failed reload attempts.', type: 'counter', zero: true },
};

export class MetricsRegistry implements Metrics {
  readonly #families = new Map<string, Map<string, Series>>();
  readonly #updates: ((at: number) => void)[] = [];

  constructor(version: string) {
    const { go, commit } = buildOf(version);
    this.set('coredns_build_info', { goversion: go, revision: commit, version }, 1);
  }

  series(name: string, labels: Readonly<Record<string, string>> = {}): Series {
    let family = this.#families.get(name);
    if (!family) this.#families.set(name, (family = new Map()));
    const key = labelsText(labels);
    let series = family.get(key);
    if (!series) family.set(key, (series = { value: 0 }));
    return series;
  }

  count(name: string, labels: Readonly<Record<string, string>> = {}, amount = 1): void {
    this.series(name, labels).value += amount;
  }

  observe(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.count(`${name}_sum`, labels, value);
    this.count(`${name}_count`, labels);
  }

  set(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.series(name, labels).value = value;
  }

  beforeRead(update: (at: number) => void): void {
    this.#updates.push(update);
  }

  /** The page of `/metrics`, without the metrics of the Go runtime and without histogram buckets. */
  page(at: number): string {
    for (const update of this.#updates) update(at);
    let page = '';
    for (const [name, { help, type, zero }] of Object.entries(families)) {
      const series = type === 'histogram' ? [`${name}_sum`, `${name}_count`] : [name];
      const lines = series.flatMap((one) =>
        [...(this.#families.get(one) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([labels, { value }]) => `${one}${labels} ${value}`),
      );
      if (lines.length === 0 && zero) lines.push(...series.map((one) => `${one} 0`));
      if (lines.length > 0) page += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
    }
    return page;
  }
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}

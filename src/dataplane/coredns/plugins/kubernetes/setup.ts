/** The options of the kubernetes plugin. (coredns: plugin/kubernetes/setup.go) */
import type { Requirement } from '#kube/selector.ts';
import { parseSelector } from '#kube/selector-parse.ts';
import { reverseFamily } from '../../../dns/name.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { parseDuration, second } from '../../go/duration.ts';
import { atoi } from '../../go/number.ts';
import { once, type Setup } from '../../plugin.ts';
import { atLeast } from '../../release.ts';
import { Fallthrough, normalizeHost } from '../../zone.ts';
import type { View } from './records.ts';

export interface Settings {
  zones: readonly string[];
  primaryZone: string;
  pods: View['pods'];
  readonly namespaces: Set<string>;
  labels: readonly Requirement[];
  namespaceLabels: readonly Requirement[] | undefined;
  endpoints: boolean;
  podNames: boolean;
  ignoreEmpty: boolean;
  ttl: number;
  /** Seconds. */
  startupTimeout: number;
  /** An API server that is named, in `endpoint` or a kubeconfig file. */
  outside: boolean;
  kubeconfig: string | undefined;
  multicluster: readonly string[];
  readonly fall: Fallthrough;
}

export function parseSettings(setup: Setup): Settings {
  let settings: Settings | undefined;
  while (setup.next()) {
    if (settings) throw once();
    settings = parseStanza(setup);
  }
  return settings!;
}

function parseStanza(setup: Setup): Settings {
  const zones = setup.zonesOr(setup.remainingArgs());
  const primaryZone = zones.find((zone) => reverseFamily(zone) === undefined);
  if (primaryZone === undefined) throw new CorefileError('non-reverse zone name must be used');
  // prettier-ignore
  const settings: Settings = {
    zones, primaryZone, pods: 'disabled', namespaces: new Set(), labels: [], namespaceLabels: undefined, endpoints: true, podNames: false, ignoreEmpty: false,
    ttl: 5, startupTimeout: 5, outside: false, kubeconfig: undefined, multicluster: [], fall: new Fallthrough(),
  };
  while (setup.nextBlock()) {
    const option = setup.word();
    const parse = options[option];
    if (parse === undefined || (newerOptions[option] !== undefined && !atLeast(setup.environment.version, newerOptions[option]))) {
      throw setup.error(`unknown property '${option}'`);
    }
    parse(setup, settings, setup.remainingArgs());
  }
  if (settings.namespaces.size > 0 && settings.namespaceLabels !== undefined)
    throw setup.error('namespaces and namespace_labels cannot both be set');
  const stray = settings.multicluster.find((zone) => !zones.includes(zone));
  if (stray !== undefined) {
    setup.log(`[${zones.join(' ')}]`);
    throw setup.error(`is not authoritative for the multicluster zone ${stray}`);
  }
  return settings;
}

/** Options that older releases do not know. */
// prettier-ignore
const newerOptions: { readonly [option: string]: string } = {
  startup_timeout: '1.12.2', multicluster: '1.12.2', apiserver_qps: '1.14.0', apiserver_burst: '1.14.0', apiserver_max_inflight: '1.14.0',
};

type Option = (setup: Setup, settings: Settings, args: readonly string[]) => void;

function none(setup: Setup, args: readonly string[]): void {
  if (args.length > 0) throw setup.argumentError();
}

function some(setup: Setup, args: readonly string[]): void {
  if (args.length === 0) throw setup.argumentError();
}

function requirements(what: string, args: readonly string[]): readonly Requirement[] {
  const text = args.join(' ');
  const selector = parseSelector(text);
  if (!selector.ok)
    throw new CorefileError(
      `unable to parse ${what} selector value: '${text}': couldn't parse the selector string "${text}": ${selector.error}`,
    );
  return selector.value;
}

/** A number that only the API client would feel. */
const clientLimit: Option = (setup, _, args) => {
  if (args.length !== 1) throw setup.argumentError();
  if (!(Number(args[0]) >= 0)) throw new CorefileError(`invalid value for ${setup.word()}: ${args[0]}`);
};

const options: { readonly [option: string]: Option } = {
  endpoint_pod_names(setup, settings, args) {
    none(setup, args);
    settings.podNames = true;
  },
  pods(setup, settings, args) {
    const [mode] = args;
    if (args.length !== 1) throw setup.argumentError();
    if (mode !== 'disabled' && mode !== 'verified' && mode !== 'insecure') {
      throw new CorefileError(`wrong value for pods: ${mode},  must be one of: disabled, verified, insecure`);
    }
    settings.pods = mode;
  },
  namespaces(setup, settings, args) {
    some(setup, args);
    for (const namespace of args) settings.namespaces.add(namespace);
  },
  endpoint(setup, settings, args) {
    some(setup, args);
    if (args.length > 1)
      setup.log(
        `[WARNING] plugin/kubernetes: Multiple endpoints have been deprecated, only the first specified endpoint '${args[0]}' is used`,
      );
    settings.outside = true;
  },
  tls(setup, _, args) {
    if (args.length !== 3) throw setup.argumentError();
  },
  labels(setup, settings, args) {
    some(setup, args);
    settings.labels = requirements('label', args);
  },
  namespace_labels(setup, settings, args) {
    some(setup, args);
    settings.namespaceLabels = requirements('namespace_label', args);
  },
  fallthrough: (_, settings, args) => settings.fall.set(args),
  ttl(setup, settings, args) {
    some(setup, args);
    const ttl = atoi(args[0]!);
    if (!ttl.ok) throw new CorefileError(ttl.error);
    if (ttl.value < 0 || ttl.value > 3600) throw setup.error(`ttl must be in range [0, 3600]: ${ttl.value}`);
    settings.ttl = ttl.value;
  },
  noendpoints(setup, settings, args) {
    none(setup, args);
    settings.endpoints = false;
  },
  ignore(_, settings, args) {
    if (args.length === 0) return;
    if (args[0] !== 'empty_service') throw new CorefileError(`unable to parse ignore value: '${args[0]}'`);
    settings.ignoreEmpty = true;
  },
  kubeconfig(setup, settings, args) {
    if (args.length !== 1 && args.length !== 2) throw setup.argumentError();
    settings.outside = true;
    settings.kubeconfig = args[0];
  },
  startup_timeout(setup, settings, args) {
    some(setup, args);
    const duration = parseDuration(args[0]!);
    if (!duration.ok) throw new CorefileError(`failed to parse startup_timeout: ${args[0]}, ${duration.error}`);
    settings.startupTimeout = duration.value / second;
  },
  multicluster(_, settings, args) {
    settings.multicluster = args.flatMap(normalizeHost);
  },
  apiserver_qps: clientLimit,
  apiserver_burst: clientLimit,
  apiserver_max_inflight: clientLimit,
};

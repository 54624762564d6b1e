/** `kubectl create ingress` (staging:kubectl/pkg/cmd/create/create_ingress.go). */
import type { KubeObject } from '#kube/object.ts';
import { string, stringArray } from '../flags.ts';
import { generatorVerb, newMetadata, pairs } from './generator.ts';
import { KubectlError } from '../errors.ts';

const rulePattern = /^(?<host>[\w*\-.]*)(?<path>\/.*)=(?<service>[\w-]+):(?<port>[\w-]+)(?<tls>,[^=]*=?(?<secret>[\w-]+)?)?/;

interface Rule {
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly port: string;
  readonly tls: string | undefined;
  readonly secret: string | undefined;
}

export const ingress = generatorVerb({
  name: 'ingress',
  aliases: ['ing'],
  use: 'ingress NAME --rule=host/path=service:port[,tls[=secret]] ',
  short: 'Create an ingress with the specified name',
  flags: {
    class: string('The IngressClass to use.'),
    rule: stringArray('A rule: host/path=service:port[,tls[=secret]]; a path that ends in * is a prefix.'),
    'default-backend': string('Where requests go that no rule matches: service:port.'),
    annotation: stringArray('An annotation: key=value.'),
  },
  resource: 'ingresses',
  namespaced: true,
  failure: 'failed to create ingress',
  build: (kubectl, name, { flags }) => {
    if (flags['default-backend'] === '' && flags.rule.length === 0) {
      throw new KubectlError(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    }
    const rules = flags.rule.map(parseRule);
    for (const one of flags.annotation)
      if (one.split('=').length < 2) throw new KubectlError(`annotation ${one} is invalid and should be in format key=[value]`);
    const backend = flags['default-backend'];
    if (backend !== '' && backend.split(':').length !== 2)
      throw new KubectlError('default-backend should be in format servicename:serviceport');
    const annotations =
      flags.annotation.length > 0
        ? pairs(flags.annotation, (one) => `annotation ${one} is invalid and should be in format key=[value]`)
        : undefined;
    const tls = tlsOf(rules);
    return {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: newMetadata(kubectl, name, { ...(annotations !== undefined && { annotations }) }),
      spec: {
        ...(flags.class !== '' && { ingressClassName: flags.class }),
        ...(backend !== '' && { defaultBackend: backendOf(...(backend.split(':') as [string, string])) }),
        ...(tls.length > 0 && { tls }),
        ...(rules.length > 0 && { rules: rulesOf(rules) }),
      },
      status: { loadBalancer: {} },
    } as unknown as KubeObject;
  },
});

function parseRule(text: string): Rule {
  const found = rulePattern.exec(text)?.groups;
  if (found === undefined)
    throw new KubectlError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  return found as unknown as Rule;
}

function backendOf(name: string, port: string): object {
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

/** One entry a host, its paths in order. */
function rulesOf(rules: readonly Rule[]): readonly object[] {
  const hosts = [...new Set(rules.map(({ host }) => host))];
  return hosts.map((host) => ({
    ...(host !== '' && { host }),
    http: {
      paths: rules
        .filter((rule) => rule.host === host)
        .map(({ path, service, port }) => ({
          path: path.replace(/\*$/, ''),
          pathType: path.endsWith('*') ? 'Prefix' : 'Exact',
          backend: backendOf(service, port),
        })),
    },
  }));
}

/** One entry a secret, with the hosts that no earlier entry has. */
function tlsOf(rules: readonly Rule[]): readonly object[] {
  const bySecret = new Map<string, string[]>();
  const placed = new Set<string>();
  for (const { host, tls, secret = '' } of rules) {
    if (tls === undefined || (host !== '' && placed.has(host)) || (host === '' && secret === '')) continue;
    placed.add(host);
    bySecret.set(secret, [...(bySecret.get(secret) ?? []), ...(host === '' ? [] : [host])]);
  }
  return [...bySecret].map(([secretName, hosts]) => ({ ...(hosts.length > 0 && { hosts }), ...(secretName !== '' && { secretName }) }));
}

/** The controller's command line. (pkg/flags/flags.go) */
import type { ClassSettings } from '#dataplane/ingress/classes.ts';

export interface Flags {
  readonly classes: ClassSettings;
  readonly electionId: string;
  /** `namespace/name`; undefined where the flag is not given. */
  readonly configMap: string | undefined;
  readonly publishService: string | undefined;
  readonly publishStatusAddress: readonly string[];
  readonly defaultBackendService: string | undefined;
  readonly defaultCertificate: string | undefined;
  readonly watchNamespace: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly healthzPort: number;
  /** Undefined: no webhook. */
  readonly webhookPort: number | undefined;
  readonly webhookCertificate: string;
  readonly webhookKey: string;
  readonly updateStatus: boolean;
  /** A flag that the controller does not know. */
  readonly unknown: string | undefined;
}

const known = new Set(
  'election-id controller-class ingress-class ingress-class-by-name configmap publish-service publish-status-address default-backend-service default-ssl-certificate watch-namespace watch-namespace-selector watch-ingress-without-class http-port https-port healthz-port healthz-host validating-webhook validating-webhook-certificate validating-webhook-key update-status update-status-on-shutdown report-node-internal-ip-address enable-ssl-passthrough enable-ssl-chain-completion enable-metrics enable-annotation-validation enable-leader-election enable-topology-aware-routing disable-catch-all annotations-prefix tcp-services-configmap udp-services-configmap sync-period v stderrthreshold shutdown-grace-period deep-inspect kubeconfig apiserver-host certificate-authority'.split(
    ' ',
  ),
);

export function flagsOf(argv: readonly string[]): Flags {
  const given = new Map<string, string>();
  let unknown: string | undefined;
  for (const word of argv.slice(argv.findIndex((one) => one.endsWith('nginx-ingress-controller')) + 1)) {
    const found = /^--?([^=]+)(?:=(.*))?$/.exec(word);
    if (found === null) continue;
    if (!known.has(found[1]!)) unknown ??= found[1]!;
    given.set(found[1]!, found[2] ?? 'true');
  }
  const number = (name: string, otherwise: number) => Number(given.get(name) ?? otherwise);
  const webhook = given.get('validating-webhook');
  return {
    classes: {
      controller: given.get('controller-class') ?? 'k8s.io/ingress-nginx',
      annotation: given.get('ingress-class') ?? 'nginx',
      withoutClass: given.get('watch-ingress-without-class') === 'true',
    },
    electionId: given.get('election-id') ?? 'ingress-controller-leader',
    configMap: given.get('configmap'),
    publishService: given.get('publish-service'),
    publishStatusAddress: (given.get('publish-status-address') ?? '').split(',').filter((one) => one !== ''),
    defaultBackendService: given.get('default-backend-service'),
    defaultCertificate: given.get('default-ssl-certificate'),
    watchNamespace: given.get('watch-namespace') ?? '',
    httpPort: number('http-port', 80),
    httpsPort: number('https-port', 443),
    healthzPort: number('healthz-port', 10_254),
    webhookPort: webhook === undefined ? undefined : Number(webhook.slice(webhook.lastIndexOf(':') + 1)),
    webhookCertificate: given.get('validating-webhook-certificate') ?? '',
    webhookKey: given.get('validating-webhook-key') ?? '',
    updateStatus: given.get('update-status') !== 'false',
    unknown,
  };
}

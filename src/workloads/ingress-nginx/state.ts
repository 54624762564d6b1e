/** What a running controller remembers: kept in its run, a value. */
import { configure, type Remark } from '#dataplane/ingress/configuration.ts';
import { classOf } from '#dataplane/ingress/classes.ts';
import { globalSettingsOf } from '#dataplane/ingress/global-settings.ts';
import type { Configuration, GlobalSettings } from '#dataplane/ingress/model.ts';
import type { Objects } from '#kube/cluster.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import type { ContainerRun } from '#node/host.ts';
import { certificate } from '#node/pki/certificate.ts';
import type { ContainerContext } from '#node/program.ts';
import { flagsOf, type Flags } from './flags.ts';

export interface ControllerState {
  /** What nginx works by: the last configuration that it took. */
  readonly configuration: Configuration;
  /** Its file. */
  readonly text: string;
  /** Ingresses that were heard of, by `namespace/name`: the resource version, and whether they are served. */
  readonly seen: ReadonlyMap<string, { readonly version: string; readonly served: boolean }>;
  readonly remarks: readonly Remark[];
  /** Why nginx did not take the newest configuration. */
  readonly problem: string | undefined;
  readonly leads: boolean;
  /** Who is known to lead. */
  readonly leader: string | undefined;
  /** Whether the state has been written into Ingresses as it should be. */
  readonly configMapVersion: string | undefined;
}

export function stateOf(run: ContainerRun | undefined): ControllerState | undefined {
  return run?.synced?.[0] as ControllerState | undefined;
}

export function runOf({ sandbox, container }: Pick<ContainerContext, 'sandbox' | 'container'>): ContainerRun | undefined {
  return sandbox.containers.find((one) => one.name === container.name)?.run;
}

export function globalOf(objects: Objects, { configMap }: Pick<Flags, 'configMap'>): GlobalSettings {
  const [namespace = '', name = ''] = (configMap ?? '').split('/');
  return globalSettingsOf(objects.get(ConfigMap, namespace, name)?.data);
}

/** The Ingresses that the controller serves. */
export function servedIngresses(objects: Objects, { classes, watchNamespace }: Flags): readonly Ingress[] {
  const all = objects.list(IngressClass);
  return objects
    .list(Ingress, watchNamespace === '' ? undefined : watchNamespace)
    .filter((ingress) => ingress.metadata.deletionTimestamp === undefined && classOf(ingress, all, classes).ok);
}

/** The configuration that follows from these Ingresses and everything else there is. */
export function configurationOf(context: ContainerContext, ingresses: readonly Ingress[]): ReturnType<typeof configure> {
  const flags = flagsOf(context.argv);
  const { objects } = context.change;
  return configure({
    objects,
    ingresses,
    global: globalOf(objects, flags),
    fakeCertificate: fakeCertificate(context),
    ...(flags.defaultCertificate !== undefined && { defaultCertificate: flags.defaultCertificate }),
    ...(flags.defaultBackendService !== undefined && { defaultBackend: flags.defaultBackendService }),
  });
}

/** The certificate that the controller has made for itself when it started. (internal/net/ssl/ssl.go, GetFakeSSLCert) */
export function fakeCertificate(context: ContainerContext): string {
  const run = runOf(context);
  const at = run?.startedAt ?? context.now;
  const subject = { name: 'Kubernetes Ingress Controller Fake Certificate', organization: 'Acme Co' };
  const purpose = `${context.change.objects.seed}/${context.sandbox.id}/${run?.attempt ?? 0}`;
  return certificate(purpose, subject, subject, at, {
    authority: false,
    usage: 'server',
    dns: ['ingress.local'],
    notAfter: at + 365 * day,
  });
}

const day = 86_400_000;

/** The Gateways of a controller, and its settings for their proxies. */
import type { Objects } from '#kube/cluster.ts';
import { GatewayClass } from '#kube/kinds/gateway/gateway-class.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { customKind, type CustomObject } from '#node/cni/networks/custom-objects.ts';

/** What the command line says: `--gateway-ctlr-name`, `--gatewayclass`. */
export interface GatewayFlags {
  readonly controllerName: string;
  readonly className: string;
}

export function gatewayFlags(argv: readonly string[]): GatewayFlags {
  const value = (name: string) => argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
  return { controllerName: value('gateway-ctlr-name'), className: value('gatewayclass') };
}

/** The class that the controller serves; one of another controller is none of its business. */
export function classOf(objects: Objects, { controllerName, className }: GatewayFlags): GatewayClass | undefined {
  const found = objects.get(GatewayClass, '', className);
  return found?.spec.controllerName === controllerName ? found : undefined;
}

/** The Gateways of the class, the oldest first. */
export function gatewaysOf(objects: Objects, flags: GatewayFlags): readonly Gateway[] {
  if (classOf(objects, flags) === undefined) return [];
  return objects
    .list(Gateway)
    .filter(({ metadata, spec }) => spec.gatewayClassName === flags.className && metadata.deletionTimestamp === undefined);
}

/** The NginxProxy that a class refers to; `missing` where it refers to one that is not there. */
export function proxySettings(objects: Objects, { spec }: GatewayClass): CustomObject | 'missing' | undefined {
  const ref = spec.parametersRef;
  if (ref === undefined) return undefined;
  const kind = customKind(objects, 'gateway.nginx.org/v1alpha2', ref.kind);
  return (kind && objects.get(kind, ref.namespace ?? '', ref.name)) ?? 'missing';
}

/** What the Services in front of proxies are like: LoadBalancers that keep the client's address, unless the NginxProxy says otherwise. */
export interface ProxyService {
  readonly type: string;
  readonly externalTrafficPolicy: string;
}

export function proxyService(settings: CustomObject | 'missing' | undefined): ProxyService {
  const usual = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
  if (settings === undefined || settings === 'missing') return usual;
  const { kubernetes } = (settings.spec ?? {}) as { readonly kubernetes?: { readonly service?: Partial<ProxyService> } };
  return { ...usual, ...kubernetes?.service };
}

/** Identities and their one way of being printed. */

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** A port of a Service, as kube-proxy names it (pkg/proxy/types.go). */
export interface ServicePortName extends NamespacedName {
  readonly port: string;
}

declare const brand: unique symbol;
export type NodeName = string & { readonly [brand]: 'NodeName' };

export function nodeName(text: string): NodeName {
  return text as NodeName;
}

/** `shop/web` */
export function namespacedName({ namespace, name }: NamespacedName): string {
  return `${namespace}/${name}`;
}

/** `shop/web:http`, and `shop/web` when the port has no name. */
export function servicePortName({ namespace, name, port }: ServicePortName): string {
  return port === '' ? `${namespace}/${name}` : `${namespace}/${name}:${port}`;
}

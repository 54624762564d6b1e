/** Objects that exercises are made of, as people write them. */

type Labels = Readonly<Record<string, string>>;

export const namespaceNames = ['shop', 'press', 'mail', 'billing', 'games', 'radio', 'harbour', 'studio'] as const;
export const appNames = ['web', 'api', 'cart', 'auth', 'search', 'queue', 'stock', 'prices'] as const;

export function namespace(name: string, labels: Labels = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(Object.keys(labels).length > 0 && { labels }) } };
}

/** A pod that sleeps and has every tool. */
export function client(name: string, inNamespace: string, labels: Labels = {}, rest: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: inNamespace, ...(Object.keys(labels).length > 0 && { labels }) },
    spec: { ...rest, containers: [{ name, image: 'nicolaka/netshoot:v0.14', command: ['sleep', 'infinity'] }] },
  };
}

/** A pod that serves HTTP on a port. */
export function server(name: string, inNamespace: string, labels: Labels, port = 80, rest: object = {}, annotations: Labels = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: inNamespace, labels, annotations: { 'cka-net/listens': `TCP:${port}`, ...annotations } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.29', ports: [{ containerPort: port }], ...rest }] },
  };
}

export function service(name: string, inNamespace: string, selector: Labels, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: inNamespace },
    spec: { selector, ports: [{ port: 80 }], ...spec },
  };
}

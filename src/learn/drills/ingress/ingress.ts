import { yamlText } from '#kube/yaml-print.ts';
import type { Draw } from '../draw.ts';
import type { DrillKind } from '../kind.ts';
import { appNames, namespace, namespaceNames, server, service } from '../objects.ts';

/** Which rule of an Ingress takes a request. */
export const ingress: DrillKind = {
  kind: 'ingress',
  title: 'Which backend takes the request?',
  trains: 'hosts, path types, the longest path, the default backend',
  topic: 'ingress',
  make(draw) {
    const ns = draw.of(namespaceNames);
    const apps = draw.some(appNames, 3);
    const host = `${ns}.example`;
    const rules = rulesOf(draw, apps, host);
    const manifest = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'front', namespace: ns },
      spec: { ingressClassName: 'nginx', ...(draw.chance(40) && { defaultBackend: backend(draw.of(apps)) }), rules },
    };
    const asked = draw.of([host, host, host, `www.${host}`, `a.b.${host}`]);
    const path = draw.of(['/', '/api', '/api/', '/api/v1', '/apis', '/API', '/api/v1/users', '/shop', '/shop/cart']);
    return {
      cluster: { addons: ['ingress-nginx'] },
      objects: [
        namespace(ns),
        ...apps.flatMap((app) => [server(app, ns, { app }, 80, { image: 'ghcr.io/example/app:1.4' }), service(app, ns, { app })]),
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'client', namespace: ns },
          spec: { containers: [{ name: 'client', image: 'nicolaka/netshoot:v0.14', command: ['sleep', 'infinity'] }] },
        },
        manifest,
      ],
      question: {
        type: 'choice',
        prompt: `A client asks for \`http://${asked}${path}\`. Who takes the request?\n\ningress-nginx serves this Ingress, and every backend of it answers 200:\n\n\`\`\`\n${yamlText(manifest)}\`\`\``,
        choices: [
          ...apps.map((app) => ({ text: `${ns}/${app}`, if: arrives(ns, asked, path, { backend: `${ns}/${app}:80` }) })),
          { text: 'Nobody: 404', if: arrives(ns, asked, path, { status: 404 }) },
        ],
        explain:
          'First the host: an exact one before a wildcard, which stands for one label alone. Then the path: Exact before Prefix, the longest Prefix before a shorter one, and a Prefix matches whole elements: `/api` takes `/api/v1`, not `/apis`. Letters are compared as they are. What no rule takes goes to the default backend, if there is one.',
        docs: 'https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types',
      },
    };
  },
};

function rulesOf(draw: Draw, apps: readonly string[], host: string): readonly object[] {
  const hosts = draw.some([host, `*.${host}`, undefined], draw.int(1, 2));
  return hosts.map((one) => ({
    ...(one !== undefined && { host: one }),
    http: {
      paths: draw.some(['/', '/api', '/api/v1', '/shop'], draw.int(1, 3)).map((path) => ({
        path,
        pathType: draw.of(['Prefix', 'Prefix', 'Exact']),
        backend: backend(draw.of(apps)),
      })),
    },
  }));
}

function backend(name: string): object {
  return { service: { name, port: { number: 80 } } };
}

function arrives(ns: string, host: string, path: string, expect: object): object {
  return {
    connect: { from: `pod:${ns}/client`, to: `http://${host}${path}`, connectTo: 'ingress-nginx-controller.ingress-nginx:80', expect },
  };
}

import type { Draw } from '../draw.ts';
import type { DrillKind } from '../kind.ts';
import { appNames, client, namespace, namespaceNames, server, service } from '../objects.ts';

/** Refused, timeout, or something else? What a client sees tells which layer is at fault. */
export const outcome: DrillKind = {
  kind: 'outcome',
  title: 'Refused or timeout?',
  trains: 'what a client sees of each kind of fault',
  topic: 'troubleshooting',
  make(draw) {
    const [app] = draw.some(appNames, 1) as [string];
    const [ns, elsewhere] = draw.some(namespaceNames, 2) as [string, string];
    const port = draw.of([80, 8080, 9000]);
    const fault = draw.of(faults)({ app, ns, elsewhere, port, draw });
    const to = fault.to ?? `http://${app}.${ns}/`;
    return {
      objects: [namespace(ns), namespace(elsewhere), client('client', ns), ...fault.objects],
      ...(fault.break !== undefined && { break: fault.break }),
      question: {
        type: 'predict',
        prompt: `${fault.story ?? `Somebody in pod \`client\` of namespace \`${ns}\` asks for \`${to}\`.`} What becomes of it?`,
        exhibit: {
          run:
            fault.look ??
            `kubectl -n ${ns} get svc -o wide; kubectl -n ${ns} get endpoints 2>/dev/null; kubectl -n ${ns} get pods --show-labels`,
        },
        from: `pod:${ns}/client`,
        to,
        ask: ['outcome'],
        explain: fault.explain,
        docs: 'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/',
      },
    };
  },
};

interface Place {
  readonly app: string;
  readonly ns: string;
  readonly elsewhere: string;
  readonly port: number;
  readonly draw: Draw;
}

interface Fault {
  readonly objects: readonly object[];
  readonly explain: string;
  readonly to?: string;
  readonly story?: string;
  readonly look?: string;
  readonly break?: string;
}

const pods = ({ app, ns, port }: Place, count: number) =>
  Array.from({ length: count }, (_, i) => server(`${app}-${i + 1}`, ns, { app }, port));

const faults: readonly ((place: Place) => Fault)[] = [
  (place) => ({
    objects: [...pods(place, 2), service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port }] })],
    explain: 'Nothing is broken: the Service has endpoints, and they listen on its target port.',
  }),
  (place) => ({
    objects: [...pods(place, 2), service(place.app, place.ns, { app: `${place.app}s` }, { ports: [{ port: 80, targetPort: place.port }] })],
    explain: 'The selector matches nobody. For a Service port without endpoints kube-proxy writes a rule that rejects: refused at once.',
  }),
  (place) => ({
    objects: [...pods(place, 1), service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port + 1 }] })],
    explain: 'The packet arrives at the pod, where nobody listens on that port: the kernel of the pod answers with RST.',
  }),
  (place) => ({
    objects: [...pods(place, 1), service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port }] })],
    to: `http://${place.app}.${place.elsewhere}/`,
    explain: 'The name names another namespace, which has no such Service: it does not exist, so no packet is sent to it at all.',
  }),
  (place) => ({
    objects: [
      server(
        `${place.app}-1`,
        place.ns,
        { app: place.app },
        place.port,
        { image: 'nicolaka/netshoot:v0.14', command: ['sleep', 'infinity'] },
        { 'cka-net/listens': `TCP:${place.port}@127.0.0.1` },
      ),
      service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port }] }),
    ],
    look: `kubectl -n ${place.ns} get svc -o wide; kubectl -n ${place.ns} get endpoints 2>/dev/null; kubectl -n ${place.ns} exec ${place.app}-1 -- ss -ltn`,
    explain: 'The process listens on 127.0.0.1 alone. A packet to the address of the pod finds no listener: RST.',
  }),
  (place) => ({
    objects: [
      server(`${place.app}-1`, place.ns, { app: place.app }, place.port, {
        readinessProbe: { httpGet: { path: '/', port: place.port + 7 }, periodSeconds: 5 },
      }),
      service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port }] }),
    ],
    explain: 'The pod runs but is not ready, so it is no endpoint, and the Service has no other: refused.',
  }),
  (place) => ({
    objects: [...pods(place, 1), service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port }] })],
    to: `http://${place.app}.${place.ns}:${place.port === 80 ? 81 : place.port + 100}/`,
    explain:
      'The address is that of the Service, but it has no such port. kube-proxy has no rule for it, no interface has the address: the packet goes out by the default route, and nobody answers.',
  }),
  (place) => ({
    objects: [
      ...pods(place, 1),
      service(place.app, place.ns, { app: place.app }, { clusterIP: 'None', ports: [{ port: 80, targetPort: 8123 }] }),
    ],
    explain:
      'A headless Service is a name and nothing else: it resolves to the pods themselves, and its ports are not translated. The client meets the pod on port 80.',
  }),
  (place) => ({
    objects: [...pods(place, 1), service(place.app, place.ns, { app: place.app }, { ports: [{ port: 80, targetPort: place.port }] })],
    break: 'kubectl -n kube-system scale deployment coredns --replicas 0',
    look: `kubectl -n ${place.ns} get svc,endpoints 2>/dev/null; kubectl -n kube-system get deploy coredns`,
    explain: 'Without CoreDNS no name resolves. By its address the Service would still answer.',
  }),
];

import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';
import { appNames, client, namespace, namespaceNames, server, service } from '../objects.ts';

/** Names: what resolves where, and what a name is called in full. */
export const dnsNames: DrillKind = {
  kind: 'dns-names',
  title: 'Names and search paths',
  trains: 'which name resolves from which namespace, and to what',
  topic: 'dns',
  make: (draw) => draw.of([resolving, fullName, address, asPod])(draw),
};

const docs = 'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/';

interface Town {
  readonly app: string;
  readonly ns: string;
  readonly other: string;
  readonly domain: string;
  readonly cluster: Exercise['cluster'] & object;
  readonly objects: readonly object[];
}

function town(draw: Draw, headless = false): Town {
  const app = draw.of(appNames);
  const [ns, other] = draw.some(namespaceNames, 2) as [string, string];
  const domain = draw.of(['cluster.local', 'cluster.local', 'k8s.example', 'prod.internal']);
  return {
    app,
    ns,
    other,
    domain,
    cluster: { networking: { dnsDomain: domain } },
    objects: [
      namespace(ns),
      namespace(other),
      server(`${app}-0`, ns, { app }),
      service(app, ns, { app }, headless ? { clusterIP: 'None' } : {}),
      client('client', other),
      client('client', ns),
    ],
  };
}

function resolving(draw: Draw): Exercise {
  const { app, ns, other, domain, cluster, objects } = town(draw);
  const from = draw.of([ns, other]);
  const names = [
    app,
    `${app}.${ns}`,
    `${app}.${ns}.svc`,
    `${app}.${ns}.svc.${domain}`,
    `${app}.${other}`,
    `${app}.${ns}.${domain}`,
    `${app}.svc`,
    `${app}.${ns}.pod.${domain}`,
  ];
  return {
    cluster,
    objects,
    question: {
      type: 'multi',
      prompt: `Namespace \`${ns}\` has a Service \`${app}\`; the cluster's domain is \`${domain}\`. Which of these names resolve in a pod of namespace \`${from}\`?`,
      choices: draw.some(names, 5).map((name) => ({ text: name, if: { resolve: { from: `pod:${from}/client`, name, type: 'A' } } })),
      explain: `A pod's resolver completes a short name with \`${from}.svc.${domain}\`, then \`svc.${domain}\`, then \`${domain}\`. What exists is \`${app}.${ns}.svc.${domain}\`.`,
      docs,
    },
  };
}

function fullName(draw: Draw): Exercise {
  const { app, ns, domain, cluster, objects } = town(draw);
  return {
    cluster,
    objects,
    question: {
      type: 'input',
      as: 'name',
      prompt: `The cluster's domain is \`${domain}\`. What is the full name of Service \`${app}\` in namespace \`${ns}\`?`,
      answer: { trace: { from: `pod:${ns}/client`, to: `http://${app}/` }, show: 'name' },
      explain: 'SERVICE.NAMESPACE.svc.DOMAIN.',
      docs,
    },
  };
}

/** To what does it resolve: the Service's address, or the pods'? */
function address(draw: Draw): Exercise {
  const headless = draw.chance(50);
  const { app, ns, domain, cluster, objects } = town(draw, headless);
  return {
    cluster,
    objects,
    question: {
      type: 'input',
      as: 'ip',
      prompt: `To which address does \`${app}.${ns}.svc.${domain}\` resolve?`,
      exhibit: { run: `kubectl -n ${ns} get svc,pods -o wide` },
      answer: { run: `kubectl -n ${ns} exec client -- getent hosts ${app} | awk '{print $1}'` },
      explain: headless
        ? 'A headless Service (`clusterIP: None`) has no address of its own: its name has those of its ready pods.'
        : 'A Service with a ClusterIP resolves to it, whoever stands behind it.',
      docs,
    },
  };
}

/** The name that every pod has by its address. */
function asPod(draw: Draw): Exercise {
  const { app, ns, domain, cluster, objects } = town(draw);
  const octets = [10, draw.int(0, 255), draw.int(0, 255), draw.int(2, 254)];
  const right = `${octets.join('-')}.${ns}.pod.${domain}`;
  const choices = [
    right,
    `${octets.join('.')}.${ns}.pod.${domain}`,
    `${octets.join('-')}.${ns}.svc.${domain}`,
    `${app}-0.${ns}.pod.${domain}`,
  ];
  return {
    cluster,
    objects,
    question: {
      type: 'choice',
      prompt: `CoreDNS runs with \`pods insecure\`. By which of these names does it answer for the address \`${octets.join('.')}\` in namespace \`${ns}\`?`,
      choices: choices.map((name) => ({
        text: name,
        if: { resolve: { from: `pod:${ns}/client`, name, type: 'A', expect: { rcode: 'NOERROR', data: [octets.join('.')] } } },
      })),
      explain: 'With `pods insecure`, A-B-C-D.NAMESPACE.pod.DOMAIN is answered for every address, whether there is such a pod or not.',
      docs,
    },
  };
}

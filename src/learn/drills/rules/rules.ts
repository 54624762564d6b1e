import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';
import { appNames, client, namespace, namespaceNames, server, service } from '../objects.ts';

/** kube-proxy's rules, read: who is behind an address, and how often each is chosen. */
export const rules: DrillKind = {
  kind: 'rules',
  title: "Reading kube-proxy's rules",
  trains: 'chains of a Service: which backend, which probability',
  topic: 'kube-proxy',
  make: (draw) => draw.of([backends, probability, chance, chainOf])(draw),
};

const docs = 'https://kubernetes.io/docs/reference/networking/virtual-ips/';

interface Shop {
  readonly app: string;
  readonly ns: string;
  readonly count: number;
  readonly objects: readonly object[];
  /** The rules of its Service, as a node has them. */
  readonly exhibit: object;
}

function shop(draw: Draw, least = 2): Shop {
  const [app, other] = draw.some(appNames, 2) as [string, string];
  const ns = draw.of(namespaceNames);
  const count = draw.int(least, 5);
  const port = draw.of([80, 8080, 9090, 3000]);
  const pods = (name: string, number: number) =>
    Array.from({ length: number }, (_, i) => server(`${name}-${i + 1}`, ns, { app: name }, port));
  const ports = [{ port: 80, targetPort: port }];
  return {
    app,
    ns,
    count,
    objects: [
      namespace(ns),
      ...pods(app, count),
      ...pods(other, draw.int(1, 2)),
      service(app, ns, { app }, { ports }),
      service(other, ns, { app: other }, { ports }),
      client('client', ns),
    ],
    exhibit: {
      run: `iptables-save -t nat | grep '"${ns}/${app}[ "]' | grep -v MARK-MASQ | sed 's/-m comment --comment //'`,
      node: 'node01',
    },
  };
}

function backends(draw: Draw): Exercise {
  const { app, ns, objects, exhibit } = shop(draw);
  return {
    objects,
    question: {
      type: 'input',
      as: 'text',
      list: true,
      prompt: `Which backends can a connection to Service \`${ns}/${app}\` end at? Give every one as ADDRESS:PORT.`,
      exhibit,
      answer: { trace: { from: `pod:${ns}/client`, to: `svc:${ns}/${app}:80` }, show: 'candidates' },
      explain:
        'KUBE-SERVICES jumps to the chain KUBE-SVC-… of the Service; each of its jumps leads to a KUBE-SEP-… whose last rule does the DNAT.',
      docs,
    },
  };
}

/** What the k-th rule of the chain says. */
function probability(draw: Draw): Exercise {
  const { app, ns, objects, count } = shop(draw, 3);
  const nth = draw.int(1, count);
  const line = `iptables-save -t nat | grep -E '^-A KUBE-SVC-.*${ns}/${app} -> ' | sed -n '${nth}p' | grep .`;
  return {
    objects,
    question: {
      type: 'choice',
      prompt: `Service \`${ns}/${app}\` has ${count} ready endpoints. Rule number ${nth} of those in its chain that jump to an endpoint says \`--probability\`…`,
      choices: [
        ...[2, 3, 4, 5].map((of) => ({
          text: `${(1 / of).toFixed(4)}…`,
          if: { run: { line, node: 'node01', stdout: { contains: `--probability ${(1 / of).toFixed(5).slice(0, -1)}` } } },
        })),
        { text: 'There is no --probability in it', if: { run: { line, node: 'node01', stdout: { excludes: '--probability' } } } },
      ],
      explain: `The rules are tried one after the other. Rule k of n sees only what those before it let pass, so it must take 1 of the n − k + 1 that are left; the last takes all.`,
      docs,
    },
  };
}

/** How often the k-th endpoint is chosen: as often as every other. */
function chance(draw: Draw): Exercise {
  const { app, ns, objects, count, exhibit } = shop(draw, 2);
  return {
    objects,
    question: {
      type: 'choice',
      prompt: `Of 1000 new connections to Service \`${ns}/${app}\`, about how many go to its last endpoint?`,
      choices: [...new Set([1000, 500, 333, 250, 200, 167].map(String))],
      exhibit,
      answer: {
        run: `n=$(iptables-save -t nat | grep -cE '^-A KUBE-SVC-.*${ns}/${app} -> '); awk -v n=$n 'BEGIN {printf "%.0f", 1000/n}'`,
        node: 'node01',
      },
      explain: `1/n, then 1/(n−1) of the rest, and so on: the products are all equal. With ${count} endpoints each gets one ${count}th.`,
      docs,
    },
  };
}

function chainOf(draw: Draw): Exercise {
  const { app, ns, objects, exhibit } = shop(draw);
  return {
    objects,
    question: {
      type: 'input',
      as: 'name',
      prompt: `A packet to the ClusterIP of Service \`${ns}/${app}\`, port 80, is in chain KUBE-SERVICES. Which chain does it jump to next?`,
      exhibit,
      answer: {
        run: `iptables-save -t nat | grep -E '^-A KUBE-SERVICES .*"${ns}/${app} cluster IP"' | grep -oE 'KUBE-SVC-[A-Z0-9]+' | head -n 1`,
        node: 'node01',
      },
      explain: 'The name is a hash of namespace, name, port and protocol: the same in every cluster, whatever the address.',
      docs,
    },
  };
}

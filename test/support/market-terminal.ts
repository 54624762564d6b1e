/**
 * Terminals of the recorded cluster `market`: its nodes, its pods (whose programs were Debian 12's) and the hosts outside. Servers in pods
 * answer as the recorded ones did, with their name, the address they see and their port.
 */
import { Cluster } from '#kube/cluster.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { nodeName } from '#kube/names.ts';
import { Lab } from '#lab/lab.ts';
import type { Program, Programs } from '#node/program.ts';
import type { Output, Place } from '#shell/command.ts';
import { commands } from '#shell/commands/index.ts';
import { Shell } from '#shell/shell.ts';
import { plain } from '#workloads/plain.ts';
import { programOf } from '#workloads/index.ts';
import { market as recordedLab } from '../apiserver/support/market.ts';
import { marketSnapshot } from './market.ts';

const stand: Program = plain({
  process: 'stand',
  serve({ pod }, { source, port }) {
    const body = `${pod.metadata.name} ${source} ${port}\n`;
    const headers = { server: 'stall', 'content-type': 'text/plain', 'content-length': String(body.length), connection: 'close' };
    return { status: 200, headers, body };
  },
});

const programs: Programs = (image) => (/kube-|coredns/.test(image) ? programOf(image) : stand);

/** Every container but CoreDNS's has the same tools, and names outside the cluster are known not to exist. */
function recordedCluster(now: number): Cluster {
  const draft = recordedLab(now).snapshot.cluster.edit();
  for (const pod of draft.list(Pod)) {
    if (pod.metadata.name.startsWith('coredns')) continue;
    const containers = pod.spec.containers.map((container) => ({ ...container, image: 'stand:debian-12' }));
    draft.keep(Pod, { ...pod, spec: { ...pod.spec, containers } });
  }
  return draft.publish();
}

/** A place by what the records call it: `pod edge/shopper (worker-a)`, `node worker-a`, `external lan`. */
function placeOf(lab: Lab, text: string): Place {
  const pod = /^pod ([\w-]+)\/([\w-]+) \(([\w-]+)\)$/.exec(text);
  if (pod === null) return { kind: 'node', node: nodeName(text.split(' ')[1]!) };
  const [, namespace, prefix, node] = pod;
  const found = lab.snapshot.cluster.list(Pod, namespace!).find((one) => one.spec.nodeName === node && one.metadata.name.startsWith(prefix!));
  const { name, uid } = found!.metadata;
  return { kind: 'pod', node: nodeName(node!), podUid: uid!, namespace: namespace!, pod: name, container: found!.spec.containers[0]!.name };
}

export class MarketTerminal {
  readonly lab: Lab;

  constructor(now: number) {
    const cluster = recordedCluster(now);
    this.lab = new Lab(marketSnapshot({ cluster, now }), () => undefined, { programs });
  }

  shell(from: string): Shell {
    const options = { lab: this.lab, commands, programsAt: () => 'all' as const, environmentAt: () => new Map<string, string>() };
    return new Shell(options, placeOf(this.lab, from));
  }

  run(from: string, line: string): Promise<Output> {
    return this.shell(from).run(line);
  }
}

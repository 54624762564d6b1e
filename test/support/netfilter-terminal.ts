/** A node with nothing but a kernel, and a pod on it: places for the programs that read and change packet filters. */
import { Cluster } from '#kube/cluster.ts';
import { decodeTrusted } from '#kube/decode.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { nodeName } from '#kube/names.ts';
import { Lab } from '#lab/lab.ts';
import { firstKernel } from '#lab/bring-up/kernel.ts';
import { cidr, ip } from '#net/ip.ts';
import type { Host, Sandbox } from '#node/host.ts';
import type { Netfilter } from '#node/netfilter.ts';
import type { Command, Io, Output, Place } from '#shell/command.ts';
import { shellWords } from './real-tools.ts';

const node = nodeName('worker');
const namespace = 'cni-1';

function podOf(name: string, securityContext: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'tools', securityContext }] },
  };
}

const securityContexts: Readonly<Record<string, object>> = {
  plain: {},
  privileged: { privileged: true },
  admin: { capabilities: { add: ['NET_ADMIN'] } },
};

function labOf(netfilter: Netfilter | undefined): Lab {
  const draft = new Cluster().edit();
  for (const [name, context] of Object.entries(securityContexts)) draft.keep(Pod, decodeTrusted(Pod, podOf(name, context)));
  const kernel = firstKernel('0', node, [ip('172.18.0.3')], [cidr('172.18.0.0/16')]);
  const own = kernel.namespaces.get('')!;
  const namespaces = new Map([
    ['', netfilter === undefined ? own : { ...own, netfilter }],
    [namespace, { ...own, name: namespace }],
  ]);
  const sandboxes = new Map(
    Object.keys(securityContexts).map((uid) => [uid, { podUid: uid, network: { namespace, ips: [], networkName: '' }, containers: [] }]),
  ) as unknown as ReadonlyMap<string, Sandbox>;
  const host = {
    name: node,
    addresses: [ip('172.18.0.3')],
    kernel: { ...kernel, namespaces, modules: new Set() },
    sandboxes,
    files: new Map(),
  } as unknown as Host;
  return new Lab({ cluster: draft.publish(), hosts: new Map([[node, host]]), now: Date.UTC(2026, 10, 23, 3, 7, 57) }, () => undefined);
}

export class NetfilterTerminal {
  readonly lab: Lab;
  readonly files = new Map<string, string>();
  readonly #commands: ReadonlyMap<string, Command>;

  constructor(commands: readonly Command[], netfilter?: Netfilter) {
    this.#commands = new Map(commands.map((command) => [command.name, command]));
    this.lab = labOf(netfilter);
  }

  /** The host's rules now. */
  get netfilter(): Netfilter {
    return this.lab.snapshot.hosts.get(node)!.kernel.namespaces.get('')!.netfilter;
  }

  get modules(): ReadonlySet<string> {
    return this.lab.snapshot.hosts.get(node)!.kernel.modules;
  }

  /** Runs one line on the node, or in one of the pods `plain`, `privileged` and `admin`. */
  async type(line: string, { pod, stdin = '' }: { readonly pod?: string; readonly stdin?: string } = {}): Promise<Output> {
    const [name = '', ...args] = shellWords(line);
    const place: Place =
      pod === undefined ? { kind: 'node', node } : { kind: 'pod', node, podUid: pod, namespace: 'default', pod, container: 'main' };
    const files = {
      read: (path: string) => this.files.get(path),
      list: () => undefined,
      write: (path: string, text: string | undefined) => void this.files.set(path, text ?? ''),
    };
    const io = { stdin, cwd: '/root', files, has: () => true, tty: false, env: new Map() } as unknown as Io;
    return this.#commands.get(name)!.run(args, io, { lab: this.lab, place });
  }

  /** What all lines printed, both streams, with the status of those that fail. */
  async session(lines: readonly string[]): Promise<string> {
    let text = '';
    for (const line of lines) {
      const { stdout, stderr, exitCode } = await this.type(line);
      text += `$ ${line}\n${stdout}${stderr}${exitCode === 0 ? '' : `[${exitCode}]\n`}`;
    }
    return text;
  }
}

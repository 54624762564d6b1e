/** What a container listens on: the annotation `cka-net/listens`, else its declared ports and those its image is known for. */
import { reasonPhrase } from '#net/reason-phrase.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { isPort, type Protocol } from '#net/ip.ts';
import type { Listener } from '#node/host.ts';
import { processId } from '#node/process-id.ts';
import type { ContainerContext, HttpRequest, HttpResponse } from '#node/program.ts';

export interface UsualPort {
  readonly protocol?: Protocol;
  readonly port: number;
  readonly speaks?: Listener['speaks'];
}

const annotation = 'cka-net/listens';

/** A process number that looks like one: the container's first process on the host. */
export function pidOf(context: Pick<ContainerContext, 'sandbox' | 'container'>): number {
  return processId(context.sandbox.id, context.container.name);
}

export function listenersOf(
  context: ContainerContext,
  usual: readonly UsualPort[],
  process: string,
  usualApply = true,
): readonly Listener[] {
  const { container, pod } = context;
  const pid = pidOf(context);
  const told = pod.metadata.annotations?.[annotation];
  if (told !== undefined) return toldListeners(told, process, pid);
  const declared = (container.ports ?? []).map((port): UsualPort => ({
    protocol: (port.protocol ?? 'TCP') as Protocol,
    port: port.containerPort,
  }));
  const ports = [...declared, ...(usualApply ? usual : [])];
  const seen = new Set<string>();
  return ports.flatMap(({ protocol = 'TCP', port, speaks }) => {
    const key = `${protocol}/${port}`;
    if (seen.has(key) || !isPort(port)) return [];
    seen.add(key);
    const known = usual.find((one) => one.port === port && (one.protocol ?? 'TCP') === protocol);
    return [
      {
        protocol,
        address: '::',
        port,
        process,
        pid,
        speaks: speaks ?? known?.speaks ?? (protocol === 'TCP' ? ('http' as const) : ('silent' as const)),
      },
    ];
  });
}

/** `"TCP:8080@127.0.0.1, UDP:53"`, or `"none"`. */
function toldListeners(text: string, process: string, pid: number): readonly Listener[] {
  return text.split(',').flatMap((one): Listener[] => {
    const found = /^\s*(TCP|UDP|SCTP):(\d+)(?:@(\S+))?\s*$/i.exec(one);
    if (found === null) return [];
    const port = Number(found[2]);
    const protocol = found[1]!.toUpperCase() as Protocol;
    return isPort(port)
      ? [{ protocol, address: found[3] ?? '::', port, process, pid, speaks: protocol === 'TCP' ? 'http' : 'silent' }]
      : [];
  });
}

/** What a plain HTTP listener answers: 200 and the pod's name, or what the annotation `cka-net/http` says. */
export function respond(context: ContainerContext, request: HttpRequest): HttpResponse {
  const status = toldStatus(context.pod, request.path);
  const body = status >= 200 && status < 300 ? `${context.pod.metadata.name}\n` : `${status} ${reasonPhrase(status)}\n`;
  return { status, headers: { 'content-type': 'text/plain', 'content-length': String(body.length) }, body };
}

/** `"503"`, or `{"/healthz": 503, "/": 200}`: the longest path that fits. */
export function toldStatus(pod: Pod, path: string): number {
  const told = pod.metadata.annotations?.['cka-net/http'];
  if (told === undefined) return 200;
  if (/^\s*\d{3}\s*$/.test(told)) return Number(told);
  const table = parseTable(told);
  const plain = path.split('?')[0]!;
  const best = [...table.keys()]
    .filter((prefix) => plain === prefix || plain.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`))
    .sort((a, b) => b.length - a.length)[0];
  return best === undefined ? 200 : table.get(best)!;
}

function parseTable(text: string): ReadonlyMap<string, number> {
  const pairs = text.matchAll(/"?(\/[^"\s:,{}]*)"?\s*[:=]\s*"?(\d{3})"?/g);
  return new Map([...pairs].map((pair) => [pair[1]!, Number(pair[2])]));
}

/** Readiness, liveness and startup probes against what a container serves (pkg/kubelet/prober, pkg/probe). */
import type { Container } from '#kube/kinds/container.ts';
import type { Probe } from '#kube/kinds/probe.ts';
import { hostPort } from '#net/ip.ts';
import type { ContainerState, Listener } from '../host.ts';
import type { ContainerContext, Program } from '../program.ts';

export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly output: string };

/** Probes a running container once. `listeners` are those of the whole pod (or host). */
export function probeOnce(
  probe: Probe,
  context: ContainerContext,
  program: Program,
  state: ContainerState,
  listeners: readonly Listener[],
  address: string,
): ProbeResult {
  if (probe.httpGet !== undefined) {
    const { httpGet } = probe;
    const scheme = (httpGet.scheme ?? 'HTTP').toLowerCase() as 'http' | 'https';
    const host = httpGet.host ?? address;
    const port = portNumber(context.container, httpGet.port);
    const path = (httpGet.path ?? '/').startsWith('/') ? (httpGet.path ?? '/') : `/${httpGet.path}`;
    const url = `${scheme}://${hostPort(host, port)}${path}`;
    const listener = listening(listeners, host, port);
    if (listener === undefined)
      return { ok: false, output: `Get ${JSON.stringify(url)}: dial tcp ${hostPort(host, port)}: connect: connection refused` };
    if (listener.speaks !== 'http' && listener.speaks !== 'https')
      return {
        ok: false,
        output: `Get ${JSON.stringify(url)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      };
    const response = program.serve?.(context, {
      method: 'GET',
      scheme,
      host,
      port,
      path,
      headers: Object.fromEntries((httpGet.httpHeaders ?? []).map((one) => [one.name.toLowerCase(), one.value])),
      source: address,
    });
    const status = response?.status ?? 200;
    return status >= 200 && status < 400 ? { ok: true } : { ok: false, output: `HTTP probe failed with statuscode: ${status}` };
  }
  if (probe.tcpSocket !== undefined || probe.grpc !== undefined) {
    const port = probe.tcpSocket !== undefined ? portNumber(context.container, probe.tcpSocket.port) : probe.grpc!.port;
    const host = probe.tcpSocket?.host ?? address;
    if (listening(listeners, host, port) !== undefined) return { ok: true };
    return probe.grpc !== undefined
      ? {
          ok: false,
          output: `timeout: failed to connect service ${JSON.stringify(hostPort(host, port))} within 1s: context deadline exceeded`,
        }
      : { ok: false, output: `dial tcp ${hostPort(host, port)}: connect: connection refused` };
  }
  if (probe.exec !== undefined) return execProbe(probe.exec.command ?? [], context, state);
  return { ok: true };
}

export function portNumber(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  return container.ports?.find((one) => one.name === port)?.containerPort ?? Number(port);
}

function listening(listeners: readonly Listener[], host: string, port: number): Listener | undefined {
  return listeners.find(
    (one) =>
      one.protocol === 'TCP' &&
      one.port === port &&
      (one.address === host || one.address === '0.0.0.0' || one.address === '::' || (host === 'localhost' && one.address === '127.0.0.1')),
  );
}

/** Commands whose outcome depends on files alone are judged by them; any other command is taken to succeed. */
function execProbe(command: readonly string[], context: ContainerContext, state: ContainerState): ProbeResult {
  const words =
    command.length === 3 && /^(\/bin\/)?(ba)?sh$/.test(command[0]!) && command[1] === '-c' ? command[2]!.trim().split(/\s+/) : command;
  const [name, ...args] = words;
  const exists = (path: string) => context.file(path) !== undefined || state.written.has(path);
  if (name === 'false' || (name === 'exit' && args[0] !== '0')) return { ok: false, output: 'command terminated with exit code 1' };
  if (name === 'cat' || name === 'ls') {
    const missing = args.filter((arg) => !arg.startsWith('-')).find((path) => !exists(path));
    if (missing !== undefined)
      return {
        ok: false,
        output:
          name === 'cat' ? `cat: can't open '${missing}': No such file or directory\n` : `ls: ${missing}: No such file or directory\n`,
      };
  }
  if (name === 'test' && (args[0] === '-f' || args[0] === '-e') && !exists(args[1] ?? '')) return { ok: false, output: '' };
  return { ok: true };
}

/** When a probe that succeeds (or fails) from the start has its say, in milliseconds after the container's start. */
export function firstVerdict(probe: Probe, ok: boolean): number {
  const delay = probe.initialDelaySeconds ?? 0;
  const period = probe.periodSeconds ?? 10;
  const needed = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return (delay + period * (needed - 1) + (delay === 0 ? 1 : 0)) * 1000;
}

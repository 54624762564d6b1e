import type { Probe } from '#kube/kinds/probe.ts';
import { valueText } from '#kube/json.ts';
import { hostPort } from '#net/ip.ts';

/** `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3` (kubectl: DescribeProbe). */
export function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds = 0, periodSeconds = 0, successThreshold = 0, failureThreshold = 0 } = probe;
  const numbers = [`delay=${initialDelaySeconds}s`, `timeout=${timeoutSeconds}s`, `period=${periodSeconds}s`];
  return [actionText(probe), ...numbers, `#success=${successThreshold}`, `#failure=${failureThreshold}`].join(' ');
}

function actionText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec !== undefined) return `exec ${valueText(exec.command ?? [])}`;
  if (httpGet !== undefined) {
    const { scheme = '', host = '', port, path = '' } = httpGet;
    return `http-get ${urlText(scheme.toLowerCase(), hostPort(host, port), path)}`;
  }
  if (tcpSocket !== undefined) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}`;
  if (grpc !== undefined) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''}`;
  return 'unknown';
}

/** The String of Go's url.URL: the path is escaped, and set apart from the host. */
function urlText(scheme: string, host: string, path: string): string {
  const start = scheme === '' ? '' : `${scheme}:`;
  const escaped = [...path].map((char) => (/[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]]/.test(char) ? char : encodeURIComponent(char))).join('');
  return `${start}//${host}${escaped !== '' && !escaped.startsWith('/') ? '/' : ''}${escaped}`;
}

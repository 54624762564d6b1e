/**
 * `port-forward`: pairs of SPDY streams, one for data and one for what went wrong, each pair a connection that is opened inside the pod
 * (pkg/kubelet/cri/streaming/portforward/httpstream.go; containerd: internal/cri/server/sandbox_portforward_linux.go).
 */
import type { Lesson } from '#lesson/lesson.ts';
import { ip } from '#net/ip.ts';
import { attempt } from '#shell/network/dial.ts';
import { forwardingProblem } from '#shell/network/forwarded.ts';
import { greetingOf, listenerOf, rawExchange } from '#shell/network/http.ts';
import { sandboxAt } from '#shell/place.ts';
import type { ContainerPlace } from './exec.ts';
import type { SpdyStream } from './spdy/session.ts';

/** A request that goes on for longer is none that the simulated servers take. */
const mostBytes = 1 << 20;

/** Takes the streams of a port-forward session as they come. */
export function portForwarder(lesson: Lesson, place: ContainerPlace): (stream: SpdyStream) => void {
  const waiting = new Map<string, { error?: SpdyStream; data?: SpdyStream }>();
  return (stream) => {
    const kind = stream.headers.get('streamtype');
    const id = stream.headers.get('requestid') ?? String(stream.id - (kind === 'data' ? 2 : 0));
    const port = Number(stream.headers.get('port'));
    if ((kind !== 'error' && kind !== 'data') || !Number.isInteger(port) || port < 1 || port > 65_535) {
      stream.destroy();
      return;
    }
    const pair = { ...waiting.get(id), [kind]: stream };
    waiting.set(id, pair);
    if (pair.error === undefined || pair.data === undefined) return;
    waiting.delete(id);
    forward(lesson, place, port, pair.data, pair.error);
  };
}

function forward({ lab }: Lesson, place: ContainerPlace, port: number, data: SpdyStream, error: SpdyStream): void {
  const here = { lab, place };
  error.resume();
  const attempts = ['127.0.0.1', '::1'].map((address) => attempt(here, ip(address), port));
  const connection = attempts.find(({ errno }) => errno === undefined);
  if (connection === undefined) {
    error.end(refusal(here.lab.snapshot, place, port));
    data.resume();
    data.end();
    return;
  }
  error.end();
  const { trace } = connection;
  const greeting = greetingOf(trace);
  if (greeting !== '') data.write(greeting);
  const speaks = listenerOf(trace)?.speaks;
  let text = '';
  data.on('data', (part: Buffer) => {
    if (speaks !== 'http') return;
    text += part.toString('latin1');
    if (text.length > mostBytes) return void data.end();
    for (let request = takeRequest(text); request !== undefined; request = takeRequest(text)) {
      text = text.slice(request.length);
      const answered = rawExchange(here, trace, Buffer.from(request, 'latin1').toString());
      if (answered === undefined) return void data.end();
      data.write(answered.answer);
      if (answered.closes || !/\r\ncontent-length:/i.test(answered.answer)) return void data.end();
    }
  });
  data.on('end', () => data.end());
  // Nobody here holds the key of a simulated server's certificate.
  if (speaks === 'https') data.end();
}

/** The first whole request of what has come so far; a line that is none counts as one. */
function takeRequest(text: string): string | undefined {
  const head = /^[^]*?\r?\n\r?\n/.exec(text)?.[0];
  if (head === undefined) {
    const line = /^[^\n]*\n/.exec(text)?.[0];
    return line !== undefined && !/^[A-Z]+ \S+ HTTP\/1\.[01]\r?\n$/.test(line) && line.trim() !== '' ? line : undefined;
  }
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return text.length < head.length + length ? undefined : text.slice(0, head.length + length);
}

function refusal(snapshot: Lesson['lab']['snapshot'], place: ContainerPlace, port: number): string {
  const sandbox = sandboxAt({ snapshot } as Lesson['lab'], place);
  return forwardingProblem({ id: sandbox?.id ?? '', namespace: sandbox?.network.namespace ?? '' }, port);
}

/** The streams of an exec or attach, over channels of a WebSocket or over SPDY (staging:apimachinery/pkg/util/remotecommand). */
import { PassThrough, type Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { SpdySession, SpdyStream } from './spdy/session.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Somebody at the other end of an exec or attach. */
export interface RemoteStreams {
  /** What is typed; ends at once where nobody types. */
  readonly stdin: Readable;
  out(bytes: Buffer | string): void;
  err(bytes: Buffer | string): void;
  /** Hands over how it ended, as a `metav1.Status`, and hangs up. */
  end(status: object): void;
  onResize(listener: (size: Size) => void): void;
  /** The other end has hung up. */
  onLeave(listener: () => void): void;
}

/** Versions of both protocols, the best first; with v5 a client can close single channels. */
export const remoteCommandVersions = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

function sizeIn(text: string): Size | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { readonly Width?: number; readonly Height?: number };
    return typeof Width === 'number' && typeof Height === 'number' ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

function writerOf(send: (bytes: Buffer) => void): (bytes: Buffer | string) => void {
  return (bytes) => {
    if (bytes.length > 0) send(Buffer.from(bytes as string));
  };
}

export function webSocketStreams(client: WebSocket): RemoteStreams {
  const stdin = new PassThrough();
  const resized: ((size: Size) => void)[] = [];
  const send = (to: number) => writerOf((bytes) => client.send(Buffer.concat([Buffer.from([to]), bytes])));
  client.on('message', (data: Buffer) => {
    const [to] = data;
    const rest = data.subarray(1);
    if (to === channel.stdin) stdin.write(rest);
    else if (to === channel.close && rest[0] === channel.stdin) stdin.end();
    else if (to === channel.resize) {
      const size = sizeIn(rest.toString());
      if (size !== undefined) for (const listener of resized) listener(size);
    }
  });
  client.on('close', () => stdin.end());
  client.on('error', () => stdin.end());
  return {
    stdin,
    out: send(channel.stdout),
    err: send(channel.stderr),
    end(status) {
      send(channel.status)(JSON.stringify(status));
      client.close(1000);
    },
    onResize: (listener) => void resized.push(listener),
    onLeave: (listener) => void client.on('close', listener),
  };
}

/** Collects the streams that the client opens, each named in its headers; `ready` is called once all that were asked for are there. */
export function spdyStreams(
  wanted: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean; readonly tty: boolean },
  session: () => SpdySession,
  ready: (streams: RemoteStreams) => void,
): { accept(stream: SpdyStream): void; closed(): void } {
  const streams = new Map<string, SpdyStream>();
  const names = [
    'error',
    ...(wanted.stdin ? ['stdin'] : []),
    ...(wanted.stdout ? ['stdout'] : []),
    ...(wanted.stderr && !wanted.tty ? ['stderr'] : []),
    ...(wanted.tty ? ['resize'] : []),
  ];
  const leaving: (() => void)[] = [];
  const resized: ((size: Size) => void)[] = [];
  let begun = false;
  const write = (name: string) => writerOf((bytes) => void streams.get(name)?.write(bytes));
  return {
    accept(stream) {
      const name = stream.headers.get('streamtype') ?? '';
      streams.set(name, stream);
      if (name === 'resize')
        stream.on('data', (data: Buffer) => {
          const size = sizeIn(data.toString());
          if (size !== undefined) for (const listener of resized) listener(size);
        });
      if (name === 'error') stream.resume();
      if (begun || names.some((one) => !streams.has(one))) return;
      begun = true;
      const stdin = streams.get('stdin') ?? new PassThrough().end();
      ready({
        stdin: stdin as Readable,
        out: write('stdout'),
        err: write('stderr'),
        end(status) {
          write('error')(JSON.stringify(status));
          let left = streams.size;
          for (const one of streams.values()) one.end(() => --left === 0 && session().close());
        },
        onResize: (listener) => void resized.push(listener),
        onLeave: (listener) => void leaving.push(listener),
      });
    },
    closed() {
      for (const listener of leaving) listener();
    },
  };
}

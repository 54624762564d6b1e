/** The cluster's DNS on loopback, UDP and TCP, for the dig of this computer: its questions go in on the control plane, and on to the cluster's DNS Service. */
import dgram from 'node:dgram';
import net from 'node:net';
import { dnsClient } from '#lab/dns-client.ts';
import type { Lab } from '#lab/lab.ts';
import type { Query } from '#dataplane/dns/message.ts';
import { kubeletConfiguration } from '#node/kubelet/config.ts';
import { readQuery, writeReply } from './dns-message.ts';

export interface ServedDns {
  readonly port: number;
  close(): void;
}

/** Listens on a port of 127.0.0.1, 0 for a free one. Rejects with Node's error when it cannot. */
export async function serveDns(lab: Lab, port: number): Promise<ServedDns> {
  const tcp = net.createServer((socket) => answerOver(lab, socket));
  await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(port, '127.0.0.1', resolve));
  const { port: chosen } = tcp.address() as net.AddressInfo;
  let closed = false;
  const udp = dgram.createSocket('udp4');
  udp.on('message', (bytes, from) => {
    const query = readQuery(bytes, 'udp');
    const answer = query && ask(lab, query);
    if (answer !== undefined) later(answer, () => void (closed || udp.send(answer.reply, from.port, from.address)));
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(chosen, '127.0.0.1', resolve);
  }).catch((error: unknown) => {
    tcp.close();
    throw error;
  });
  return {
    port: chosen,
    close() {
      closed = true;
      tcp.close();
      udp.close();
    },
  };
}

interface Answer {
  readonly reply: Buffer;
  readonly milliseconds: number;
}

/** An answer takes as long as it takes inside. */
function later({ milliseconds }: Answer, act: () => void): void {
  setTimeout(act, milliseconds).unref();
}

/** Asks the servers that the control plane's kubelet gives to pods, one after the other; undefined: nobody answers. */
function ask(lab: Lab, query: Query): Answer | undefined {
  const host = [...lab.snapshot.hosts.values()].find((one) => one.controlPlane) ?? [...lab.snapshot.hosts.values()][0]!;
  const client = dnsClient(lab, { node: host.name, namespace: '' });
  for (const server of kubeletConfiguration(host).clusterDNS) {
    const outcome = client.exchange(query, { ip: server, port: 53 });
    if (outcome.kind === 'reply') return { reply: writeReply(outcome.reply), milliseconds: outcome.milliseconds };
  }
  return undefined;
}

/** Messages over TCP have their length before them (RFC 1035 §4.2.2). Who says nothing that is a question is hung up on. */
function answerOver(lab: Lab, socket: net.Socket): void {
  let waiting = Buffer.alloc(0);
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const end = 2 + waiting.readUInt16BE(0);
      const query = readQuery(waiting.subarray(2, end), 'tcp');
      const answer = query && ask(lab, query);
      waiting = waiting.subarray(end);
      if (answer === undefined) {
        socket.destroy();
        return;
      }
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.reply.length);
      later(answer, () => void (socket.destroyed || socket.write(Buffer.concat([length, answer.reply]))));
    }
  });
}

/**
 * SPDY/3.1 as servers of Kubernetes speak it to kubectl (github.com/moby/spdystream): streams that the client opens, each with headers, in
 * one connection. That library knows no windows, and so these are not kept here.
 */
import { Duplex } from 'node:stream';
import { HeaderReader, HeaderWriter, type Headers } from './headers.ts';

const control = 0x8000;
const version = 3;
const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const;
const finished = 1;
const protocolError = 1;
/** Of a frame's payload; kubectl sends 32 KiB at once. */
const mostBytes = 1 << 20;
const largestPiece = 32_768;

/** One stream of a session, in both directions. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #send: (data: Buffer, last: boolean, done: () => void) => void;

  constructor(id: number, headers: Headers, send: (data: Buffer, last: boolean, done: () => void) => void) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#send = send;
  }

  override _read(): void {
    // Data comes when it comes.
  }

  override _write(data: Buffer, _: BufferEncoding, done: () => void): void {
    this.#send(data, false, done);
  }

  override _final(done: () => void): void {
    this.#send(Buffer.alloc(0), true, done);
  }
}

export interface SpdySession {
  /** Ends all streams and the connection. */
  close(): void;
}

/** Speaks SPDY on a connection; `accept` gets every stream that the client opens, `closed` is told of the end. */
export function serveSpdy(connection: Duplex, accept: (stream: SpdyStream) => void, closed: () => void = () => undefined): SpdySession {
  const streams = new Map<number, SpdyStream>();
  const reader = new HeaderReader();
  const writer = new HeaderWriter();
  let isOpen = true;

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    for (const stream of streams.values()) stream.destroy();
    streams.clear();
    reader.close();
    writer.close();
    connection.end();
    closed();
  };
  const controlFrame = (type: number, payload: Buffer) => {
    if (!isOpen) return;
    const head = Buffer.alloc(8);
    head.writeUInt16BE(control | version);
    head.writeUInt16BE(type, 2);
    head.writeUIntBE(payload.length, 5, 3);
    connection.write(Buffer.concat([head, payload]));
  };
  const send = (id: number) => (data: Buffer, last: boolean, done: () => void) => {
    if (!isOpen) return done();
    const pieces = [];
    for (let from = 0; from < data.length; from += largestPiece) pieces.push(data.subarray(from, from + largestPiece));
    if (last) pieces.push(Buffer.alloc(0));
    for (const [i, piece] of pieces.entries()) {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(id);
      head.writeUInt8(last && i === pieces.length - 1 ? finished : 0, 4);
      head.writeUIntBE(piece.length, 5, 3);
      connection.write(Buffer.concat([head, piece]));
    }
    done();
  };

  const open = async (flags: number, payload: Buffer) => {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = await reader.read(payload.subarray(10));
    if (id % 2 === 0 || streams.has(id)) return controlFrame(types.rstStream, Buffer.concat([uint32(id), uint32(protocolError)]));
    const stream = new SpdyStream(id, headers, send(id));
    streams.set(id, stream);
    stream.on('error', () => undefined);
    stream.on('close', () => streams.delete(id));
    controlFrame(types.synReply, Buffer.concat([uint32(id), await writer.write(new Map())]));
    if ((flags & finished) !== 0) stream.push(null);
    accept(stream);
  };
  const takeControl = async (type: number, flags: number, payload: Buffer) => {
    if (type === types.synStream) await open(flags, payload);
    else if (type === types.rstStream) streams.get(payload.readUInt32BE(0) & 0x7fffffff)?.destroy();
    else if (type === types.ping) controlFrame(types.ping, payload);
    else if (type === types.headers) await reader.read(payload.subarray(4));
    else if (type === types.goAway) close();
  };
  const takeData = (id: number, flags: number, payload: Buffer) => {
    const stream = streams.get(id);
    if (stream === undefined || stream.readableEnded) return;
    if (payload.length > 0) stream.push(payload);
    if ((flags & finished) !== 0) stream.push(null);
  };

  let waiting = Buffer.alloc(0);
  let turn = Promise.resolve();
  const take = async (part: Buffer) => {
    waiting = Buffer.concat([waiting, part]);
    while (isOpen && waiting.length >= 8) {
      const length = waiting.readUIntBE(5, 3);
      if (length > mostBytes) return close();
      if (waiting.length < 8 + length) return;
      const head = waiting.subarray(0, 8);
      const payload = waiting.subarray(8, 8 + length);
      waiting = waiting.subarray(8 + length);
      if ((head.readUInt16BE(0) & control) === 0) takeData(head.readUInt32BE(0), head.readUInt8(4), payload);
      else if ((head.readUInt16BE(0) & ~control) !== version) return close();
      else await takeControl(head.readUInt16BE(2), head.readUInt8(4), payload);
    }
  };
  // Frames are taken in their order, whatever unpacking one takes; what is no frame ends the session.
  connection.on('data', (part: Buffer) => (turn = turn.then(() => take(part)).catch(close)));
  connection.on('end', close);
  connection.on('close', close);
  connection.on('error', close);
  return { close };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

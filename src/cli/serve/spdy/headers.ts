/** Header blocks of SPDY/3: counted names and values, compressed in one context for all of a session's. */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { dictionary } from './dictionary.ts';

export type Headers = ReadonlyMap<string, string>;

/** A block longer than this unpacked is nobody's honest request. */
const mostBytes = 16_384;

export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary });

  /** Unpacks and reads a block. Blocks must come in their order. Rejects what is none. */
  async read(block: Buffer): Promise<Headers> {
    const plain = await through(this.#inflate, block);
    if (plain.length > mostBytes) throw new Error('a header block that is too long');
    const headers = new Map<string, string>();
    let at = 4;
    const next = () => {
      const end = at + 4 + plain.readUInt32BE(at);
      if (end > plain.length) throw new Error('a header block that ends too early');
      const word = plain.subarray(at + 4, end).toString();
      at = end;
      return word;
    };
    for (let left = plain.readUInt32BE(0); left > 0; left--) {
      const name = next().toLowerCase();
      headers.set(name, next());
    }
    return headers;
  }

  close(): void {
    this.#inflate.close();
  }
}

export class HeaderWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary });

  write(headers: Headers): Promise<Buffer> {
    const parts = [number(headers.size)];
    for (const pair of headers) for (const word of pair) parts.push(number(Buffer.byteLength(word)), Buffer.from(word));
    return through(this.#deflate, Buffer.concat(parts));
  }

  close(): void {
    this.#deflate.close();
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** What a compressor, or its contrary, makes of some bytes, up to the last of them. */
function through(stream: Deflate | Inflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    const take = () => {
      for (let part = stream.read() as Buffer | null; part !== null; part = stream.read() as Buffer | null) {
        length += part.length;
        if (length <= mostBytes * 2) parts.push(part);
      }
    };
    const end = (error?: Error | null) => {
      stream.off('readable', take);
      stream.off('error', end);
      if (error) return reject(error);
      take();
      resolve(Buffer.concat(parts));
    };
    stream.on('readable', take);
    stream.once('error', end);
    stream.write(input, (error) => (error ? end(error) : stream.flush(constants.Z_SYNC_FLUSH, () => end())));
  });
}

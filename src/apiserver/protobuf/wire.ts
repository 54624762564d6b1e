/** The wire format of protocol buffers: fields by number, each a number or a run of bytes. */

export type WireValue = bigint | Uint8Array;

/** The fields of a message, repeated ones in order. Throws a `RangeError` where the bytes end too soon. */
export function readMessage(bytes: Uint8Array): ReadonlyMap<number, readonly WireValue[]> {
  const fields = new Map<number, WireValue[]>();
  let at = 0;

  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const run = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('unexpected EOF');
    return bytes.subarray(at, (at += length));
  };

  while (at < bytes.length) {
    const tag = Number(varint());
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, values);
    switch (tag & 7) {
      case 0:
        values.push(varint());
        break;
      case 1:
        values.push(run(8));
        break;
      case 2:
        values.push(run(Number(varint())));
        break;
      case 5:
        values.push(run(4));
        break;
      default:
        throw new RangeError(`proto: illegal wireType ${tag & 7}`);
    }
  }
  return fields;
}

/** A 64-bit number with its sign. */
export function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

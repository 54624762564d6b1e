/** Writes the wire format of protocol buffers, one character a byte: a message is its fields, one after the other. */

function varint(value: number): string {
  let bytes = '';
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return bytes + String.fromCharCode(rest);
    bytes += String.fromCharCode((rest % 128) | 0x80);
  }
}

/** A field that is a message. */
export function message(number: number, fields: string): string {
  return varint(number * 8 + 2) + varint(fields.length) + fields;
}

/** A field that is a text, in UTF-8. */
export function text(number: number, value: string): string {
  const bytes = new TextEncoder().encode(value);
  return message(number, Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export function flag(number: number, value: boolean): string {
  return varint(number * 8) + varint(value ? 1 : 0);
}

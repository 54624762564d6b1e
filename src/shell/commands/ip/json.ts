/** JSON as iproute2's writer prints it (lib/json_writer.c). */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export function printJson(value: readonly Json[], pretty: boolean): string {
  return `${pretty ? spread(value, 0) : JSON.stringify(value)}\n`;
}

function spread(value: Json, depth: number): string {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return list.length === 0 ? '[ ]' : `[ ${list.map((one) => spread(one, depth + 1)).join(',')} ]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const margin = '    '.repeat(depth + 1);
  const lines = entries.map(([key, one]) => `${margin}${JSON.stringify(key)}: ${spread(one!, depth + 1)}`);
  return `{\n${lines.join(',\n')}\n${'    '.repeat(depth)}}`;
}

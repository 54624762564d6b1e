/** Numbers as Go reads them, with its errors. (Go: strconv.Atoi, strconv.ParseUint) */
import { fail, ok, type Result } from '#kube/status.ts';
import { quote } from './quote.ts';

export function atoi(text: string): Result<number, string> {
  if (!/^[-+]?\d+$/.test(text)) return fail(`strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (value > 9223372036854775807n || value < -9223372036854775808n)
    return fail(`strconv.Atoi: parsing ${quote(text)}: value out of range`);
  return ok(Number(value));
}

/** `base` 0 reads 0x, 0o and 0b prefixes too. */
export function parseUint(text: string, bits: 16 | 32 | 64, base: 0 | 10 = 10): Result<number, string> {
  const valid = base === 10 ? /^\d+$/ : /^(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9]\d*|0)$/;
  if (!valid.test(text)) return fail(`strconv.ParseUint: parsing ${quote(text)}: invalid syntax`);
  const value = BigInt(base === 0 && /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text);
  if (value >= 1n << BigInt(bits)) return fail(`strconv.ParseUint: parsing ${quote(text)}: value out of range`);
  return ok(Number(value));
}

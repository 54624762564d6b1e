/** `ipBlock` peers: a range without some parts of it. */
import type { IPBlock } from '#kube/kinds/network-policy.ts';
import { lengthOf, ordinalOf, parseCidr, type Ip } from '#net/ip.ts';
import { addressTest, type AddressTest } from '../netfilter/ip-match.ts';

export interface Block {
  readonly isIn: AddressTest;
  readonly except: readonly AddressTest[];
  /** All addresses of a family, nothing left out. */
  readonly whole: boolean;
}

/** Undefined for what is no range; the API lets none in. */
export function compileBlock({ cidr, except = [] }: IPBlock): Block | undefined {
  const range = parseCidr(cidr);
  if (range === undefined) return undefined;
  return { isIn: addressTest(cidr), except: except.map(addressTest), whole: lengthOf(range) === 0 && except.length === 0 };
}

export function inBlock({ isIn, except }: Block, ip: Ip): boolean {
  const ordinal = ordinalOf(ip);
  if (!isIn(ip, ordinal)) return false;
  for (const isLeftOut of except) if (isLeftOut(ip, ordinal)) return false;
  return true;
}

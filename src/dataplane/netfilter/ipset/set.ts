/** IP sets as the kernel keeps them. (kernel: net/netfilter/ipset; ipset 7.17) */
import type { IpSet, IpSetType } from '#node/ipvs.ts';
import { base32Sha256 } from '#net/digest.ts';

/** Revisions of the set types that sets without further features get. */
const revisions: Readonly<Record<IpSetType, number>> = {
  'hash:ip': 6,
  'hash:ip,port': 7,
  'hash:ip,port,ip': 6,
  'hash:ip,port,net': 8,
  'hash:net': 7,
  'bitmap:port': 3,
  'list:set': 3,
};

export function isSetType(text: string): text is IpSetType {
  return text in revisions;
}

export function makeSet(name: string, type: IpSetType, family: IpSet['family'], members: readonly string[]): IpSet {
  const common = { name, type, family, revision: revisions[type], members };
  if (type === 'bitmap:port') return { ...common, range: '0-65535' };
  if (type === 'list:set') return common;
  return { ...common, hashsize: 1024, maxelem: 65536 };
}

/** `initval`, which the kernel draws: here the same for the same name. */
function initval({ name, initval: given }: IpSet): string {
  if (given !== undefined) return given;
  let value = 0;
  for (const letter of base32Sha256([name], 8)) value = ((value << 5) | (letter.charCodeAt(0) & 31)) >>> 0;
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** What follows the type when a set is created: `family inet hashsize 1024 …`. */
export function headerOf(set: IpSet): string {
  if (set.type === 'bitmap:port') return `range ${set.range}`;
  if (set.type === 'list:set') return `size ${set.size ?? 8}`;
  return `family ${set.family} hashsize ${set.hashsize} maxelem ${set.maxelem} bucketsize 12 initval ${initval(set)}`;
}

/** Bytes of an empty set, and of each member in a bucket of its own: IPv4, IPv6. */
const sizes: Readonly<Record<IpSetType, readonly (readonly [empty: number, member: number])[]>> = {
  'hash:ip': [
    [216, 40],
    [224, 64],
  ],
  'hash:ip,port': [
    [216, 48],
    [232, 72],
  ],
  'hash:ip,port,ip': [
    [208, 56],
    [232, 104],
  ],
  'hash:ip,port,net': [
    [464, 56],
    [1256, 104],
  ],
  'hash:net': [
    [456, 48],
    [1240, 72],
  ],
  'bitmap:port': [
    [8264, 0],
    [8264, 0],
  ],
  'list:set': [
    [80, 48],
    [80, 48],
  ],
};

export function memoryOf({ type, family, members }: IpSet): number {
  const [empty, member] = sizes[type][family === 'inet' ? 0 : 1]!;
  return empty + members.length * member;
}

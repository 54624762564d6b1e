/** The DNS as programs at a place of the terminal meet it. */
import { dnsClient, type LabDnsClient } from '#lab/dns-client.ts';
import type { Here, Io } from '../command.ts';
import { bindVersion } from '../commands/dig/dig.ts';
import type { NslookupDialect } from '../commands/nslookup/nslookup.ts';
import { spotOfPlace } from './dial.ts';
import { isApplet, userlandAt } from './dialect.ts';

/** Files are those the program sees, so that an edited resolv.conf or hosts file counts at once. */
export function dnsClientAt(io: Io, here: Here): LabDnsClient {
  return { ...dnsClient(here.lab, spotOfPlace(here)), readFile: (path) => io.files.read(path) };
}

/** Whose nslookup answers there. Up to 1.28 busybox had a small one, which left everything to the C library. */
export function nslookupAt(_io: Io, here: Here): NslookupDialect {
  if (!isApplet(here, 'nslookup')) return { kind: 'bind', version: bindVersion };
  const { busyboxBanner: banner, libc } = userlandAt(here);
  const [, minor = '99'] = /v1\.(\d+)/.exec(banner) ?? [];
  return Number(minor) < 29 ? { kind: 'busybox small', banner, libc } : { kind: 'busybox', banner };
}

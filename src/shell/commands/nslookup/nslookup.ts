/** nslookup: a name, and what the DNS says of it. Three programs bear this name; the image decides which one answers. */
import type { Libc } from '#dataplane/resolver/libc.ts';
import type { Command, Here, Io } from '../../command.ts';
import { bindVersion, type DnsClientFor } from '../dig/dig.ts';
import { bindNslookup } from './bind.ts';
import { smallNslookup } from './busybox-small.ts';
import { busyboxNslookup } from './busybox.ts';

export type NslookupDialect =
  | { readonly kind: 'bind'; readonly version: string }
  /** `banner`: what busybox says first when it explains itself. */
  | { readonly kind: 'busybox'; readonly banner: string }
  /** Up to 1.28. */
  | { readonly kind: 'busybox small'; readonly banner: string; readonly libc: Libc };

export function nslookupCommand(clientFor: DnsClientFor, dialectFor: (io: Io, here: Here) => NslookupDialect): Command {
  return {
    name: 'nslookup',
    run(args, io, here) {
      const client = clientFor(io, here);
      const dialect = dialectFor(io, here);
      switch (dialect.kind) {
        case 'bind':
          return bindNslookup(args, client, dialect.version, io.stdin);
        case 'busybox':
          return busyboxNslookup(args, client, dialect.banner);
        case 'busybox small':
          return smallNslookup(args, client, dialect.banner, dialect.libc);
      }
    },
  };
}

/** busybox of Alpine's releases. */
const alpine: { readonly [release: string]: string } = {
  '3.9': '1.29.3', '3.10': '1.30.1', '3.11': '1.31.1', '3.12': '1.31.1', '3.13': '1.32.1', '3.14': '1.33.1', '3.15': '1.34.1', '3.16': '1.35.0',
  '3.17': '1.35.0', '3.18': '1.36.1', '3.19': '1.36.1', '3.20': '1.36.1', '3.21': '1.37.0', '3.22': '1.37.0',
}; // prettier-ignore

const newest = '1.37.0';

/** The nslookup of an image: busybox has its own; Alpine has busybox's unless BIND's tools are put in (`netshoot`, `dnsutils`…); all else has BIND's. */
export function dialectOfImage(image: string | undefined): NslookupDialect {
  const [, name = '', tag = ''] = /(?:^|\/)([^/:@]+)(?::([^@]+))?(?:@.*)?$/.exec(image ?? '') ?? [];
  const version = name === 'busybox' ? (/^\d+\.\d+(\.\d+)?/.exec(tag)?.[0] ?? newest) : undefined;
  if (version !== undefined) {
    const banner = `BusyBox v${version} multi-call binary.`;
    const [major = 1, minor = 0] = version.split('.').map(Number);
    return major === 1 && minor < 29 ? { kind: 'busybox small', banner, libc: 'glibc' } : { kind: 'busybox', banner };
  }
  if (name === 'alpine' || /alpine|curl/.test(`${name}:${tag}`)) {
    const release = /3\.\d+/.exec(name === 'alpine' ? tag : (/alpine(3\.\d+)/.exec(tag)?.[1] ?? ''))?.[0] ?? '';
    return { kind: 'busybox', banner: `BusyBox v${alpine[release] ?? newest} multi-call binary.` };
  }
  return { kind: 'bind', version: bindVersion };
}

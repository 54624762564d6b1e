/** nslookup: a name, and what the DNS says of it. Three programs bear this name; the image decides which one answers. */
import type { Libc } from '#dataplane/resolver/libc.ts';
import type { Command, Here, Io } from '../../command.ts';
import type { DnsClientFor } from '../dig/dig.ts';
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

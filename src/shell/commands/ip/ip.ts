/** ip(8) of iproute2: links, addresses, routes, neighbours, rules and namespaces of the place's kernel. */
import { failure, type Command, type Output } from '../../command.ts';
import { isApplet } from '../../network/dialect.ts';
import { appletShow } from './applet.ts';
import { address } from './addr.ts';
import { link } from './link.ts';
import { neighbour } from './neigh.ts';
import { netns } from './netns.ts';
import { parseOptions, type Context } from './options.ts';
import { route } from './route.ts';
import { rule } from './rule.ts';
import { Words } from './words.ts';

type Run = (context: Context, words: Words) => Output | Promise<Output>;

const unsimulated = [
  'maddress',
  'tunnel',
  'tuntap',
  'monitor',
  'mroute',
  'xfrm',
  'vrf',
  'l2tp',
  'macsec',
  'mptcp',
  'nexthop',
  'ntable',
  'token',
  'sr',
  'tcp_metrics',
  'ntbl',
  'mrule',
  'addrlabel',
  'stats',
  'fou',
  'ila',
  'ioam',
];

/** In the order of iproute2's own table: a shortened name is the first that fits. */
const objects: readonly (readonly [name: string, run: Run])[] = [
  ['address', address],
  ['route', route],
  ['rule', rule],
  ['neighbor', neighbour],
  ['neighbour', neighbour],
  ['link', link],
  ['netns', netns],
  ...unsimulated.map((name) => [name, () => failure(`cka-net: ip ${name} is not simulated\n`)] as const),
];

const usage = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |
                   link | macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |
                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |
                    -c[olor]}
`;

export const ip: Command = {
  name: 'ip',
  run(args, io, here): Output | Promise<Output> {
    const parsed = parseOptions(args, io, here);
    if ('exitCode' in parsed) return parsed;
    const { context, rest } = parsed;
    const [object, ...words] = rest;
    if (object === undefined) return failure(usage, 255);
    if (object === 'help') return failure(usage, 255);
    const found = objects.find(([name]) => name.startsWith(object));
    if (found === undefined) return failure(`Object "${object}" is unknown, try "ip help".\n`);
    if (isApplet(here, 'ip')) {
      const shown = appletShow(context, object, new Words(words));
      if (shown !== undefined) return shown;
    }
    return found[1](context, new Words(words));
  },
};

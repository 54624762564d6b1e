/** Makes IPv6 addresses of IPv4 ones, for clients that have no other. (coredns: plugin/dns64; RFC 6147, RFC 6052) */
import { addIp, baseOf, cidr, lengthOf, parseCidr, toUint32, type Cidr, type Ip } from '#net/ip.ts';
import { replyTo, type Reply, type ResourceRecord } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { quote } from '../../go/quote.ts';
import { nameOf, written, type CorednsPlugin, type Setup } from '../../plugin.ts';
import { typify } from '../../response.ts';

interface Settings {
  prefix: Cidr;
  translateAll: boolean;
  allowIpv4: boolean;
}

export const dns64: CorednsPlugin = {
  name: 'dns64',
  setup(setup) {
    const settings = parse(setup);
    setup.add({
      name: 'dns64',
      serve(request, next) {
        const { type, class: recordClass } = request.query.question;
        const eligible = type === 'AAAA' && recordClass === 'IN' && (settings.allowIpv4 || request.client.ip.includes(':'));
        const result = next(request);
        if (!eligible || result.reply === undefined) return result;
        const enough = !settings.translateAll && result.reply.answer.some((record) => record.type === 'AAAA');
        if (typify(result.reply) === 'NXDOMAIN' || enough) return result;
        const found = request.lookup(nameOf(request), 'A');
        return written(synthesize(replyTo(request.query, 'dns64'), result.reply, found, settings.prefix));
      },
    });
  },
};

function synthesize(empty: Reply, original: Reply, found: Reply | undefined, prefix: Cidr): Reply {
  const soaTtl = original.authority.find(({ type }) => type === 'SOA')?.ttl ?? 600;
  const answer = (found?.answer ?? []).map((record): ResourceRecord => {
    if (record.type !== 'A') return record;
    return { ...record, type: 'AAAA', ttl: Math.min(soaTtl, record.ttl), data: embedded(prefix, record.data as Ip) };
  });
  return {
    ...empty,
    flags: { ...empty.flags, tc: found?.flags.tc ?? false },
    answer,
    authority: found?.authority ?? [],
    additional: found?.additional ?? [],
  };
}

/** The address behind the prefix; octet 8 stays zero. */
function embedded(prefix: Cidr, address: Ip): string {
  let value = 0n;
  let at = lengthOf(prefix) / 8;
  for (const octet of toUint32(address).toString(16).padStart(8, '0').match(/../g)!) {
    if (at === 8) at++;
    value |= BigInt(parseInt(octet, 16)) << BigInt(120 - 8 * at++);
  }
  return addIp(baseOf(prefix), value);
}

function parse(setup: Setup): Settings {
  const settings: Settings = { prefix: cidr('64:ff9b::/96'), translateAll: false, allowIpv4: false };
  while (setup.next()) {
    const args = setup.remainingArgs();
    if (args.length > 1) throw setup.argumentError();
    if (args.length === 1) settings.prefix = parsePrefix(setup, args[0]!);
    while (setup.nextBlock()) {
      const option = setup.word();
      if (option === 'prefix') {
        if (!setup.nextArg()) throw setup.argumentError();
        settings.prefix = parsePrefix(setup, setup.word());
      } else if (option === 'translate_all') settings.translateAll = true;
      else if (option === 'allow_ipv4') settings.allowIpv4 = true;
      else throw setup.error(`unknown property '${option}'`);
    }
  }
  return settings;
}

function parsePrefix(setup: Setup, text: string): Cidr {
  const prefix = parseCidr(text);
  if (prefix === undefined) throw new CorefileError(`invalid CIDR address: ${text}`);
  if (!prefix.includes(':')) throw setup.error(`invalid netmask 32 IPv6 address: ${quote(prefix)}`);
  if (lengthOf(prefix) % 8 !== 0 || lengthOf(prefix) < 32 || lengthOf(prefix) > 96)
    throw setup.error(`invalid prefix length ${quote(prefix)}`);
  return prefix;
}

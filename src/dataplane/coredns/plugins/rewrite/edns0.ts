/** `rewrite edns0`: options in the OPT record that goes on to the next plugins. (coredns: plugin/rewrite/edns0.go) */
import { baseOf, bitsOf, cidr, familyOf, parseIp, toNumber, type Ip } from '#net/ip.ts';
import { doBit, type Edns, type EdnsOption, type Query } from '../../../dns/message.ts';
import { typeCode } from '../../../dns/type.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { parseUint } from '../../go/number.ts';
import { quote } from '../../go/quote.ts';
import { nameOf, type Request } from '../../plugin.ts';
import type { Mode, Rule } from './rule.ts';

type Action = 'set' | 'replace' | 'append' | 'unset';

const nsidOption = 3;
const subnetOption = 8;

/** An OPT record as miekg/dns makes one (SetEdns0). */
const fresh: Edns = { udpSize: 4096, version: 0, flags: doBit, options: [] };

export function edns0Rewrite(mode: Mode, args: readonly string[]): Rule {
  if (args.length < 2) throw new CorefileError('too few arguments for an EDNS0 rule');
  const [kind, action] = args.map((arg) => arg.toLowerCase()) as [string, string];
  if (!isAction(action)) throw new CorefileError(`invalid action: ${quote(action)}`);
  // The word behind asks for the option to be taken back from the reply, which holds none of it here anyway.
  const words = args.at(-1) === 'revert' ? args.slice(0, -1) : args;
  switch (kind) {
    case 'local':
      if (action === 'unset' ? words.length !== 3 : words.length !== 4) {
        throw new CorefileError(
          action === 'unset' ? 'local unset action requires exactly two arguments' : 'EDNS0 local rules require three or four args',
        );
      }
      return option(mode, action, uint16(words[2]!), localData(words[3] ?? ''));
    case 'nsid':
      if (words.length !== 2) throw new CorefileError('EDNS0 NSID rules can accept no more than one arg');
      return option(mode, action, nsidOption, () => '');
    case 'subnet': {
      if (action === 'unset' ? words.length !== 2 : words.length !== 4)
        throw new CorefileError('EDNS0 subnet rules require three or four args');
      const [v4, v6] = [words[2] ?? '24', words[3] ?? '56'].map(uint16) as [number, number];
      if (v4 > 32) throw new CorefileError(`invalid IPv4 bit mask length ${v4}`);
      if (v6 > 128) throw new CorefileError(`invalid IPv6 bit mask length ${v6}`);
      return option(mode, action, subnetOption, (request) => subnet(request, v4, v6));
    }
    default:
      throw new CorefileError(`invalid rule type ${quote(kind)}`);
  }
}

function isAction(text: string): text is Action {
  return ['set', 'replace', 'append', 'unset'].includes(text);
}

function uint16(text: string): number {
  const value = parseUint(text, 16, 0);
  if (!value.ok) throw new CorefileError(value.error);
  return value.value;
}

/** Sets, replaces, adds or removes one option. */
function option(mode: Mode, action: Action, code: number, data: (request: Request) => string): Rule {
  return {
    mode,
    apply(request) {
      const edns = request.query.edns ?? fresh;
      const present = edns.options.some((one) => one.code === code);
      if (present ? action === 'append' : action === 'replace' || action === 'unset') return undefined;
      const changed: EdnsOption = { code, data: data(request) };
      const options =
        action === 'unset'
          ? edns.options.filter((one) => one.code !== code)
          : present
            ? edns.options.map((one) => (one.code === code ? changed : one))
            : [...edns.options, changed];
      request.query = withEdns(request.query, { ...edns, flags: present ? edns.flags : edns.flags | doBit, options });
      return [];
    },
  };
}

function withEdns(query: Query, edns: Edns): Query {
  return { ...query, edns };
}

const hex = (bytes: Iterable<number>) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const hexOfText = (text: string) => hex(new TextEncoder().encode(text));
const hex16 = (value: number) => value.toString(16).padStart(4, '0');
const hexOfIp = (address: Ip) =>
  toNumber(address)
    .toString(16)
    .padStart(bitsOf(familyOf(address)) / 4, '0');

const variables: { readonly [name: string]: (request: Request) => string } = {
  '{qname}': (request) => hexOfText(nameOf(request)),
  '{qtype}': ({ query }) => hex16(typeCode(query.question.type)),
  '{client_ip}': ({ client }) => hexOfIp(parseIp(client.ip)!),
  '{client_port}': ({ client }) => hex16(client.port),
  '{protocol}': ({ query }) => hexOfText(query.transport),
  '{server_ip}': ({ local }) => hexOfIp(parseIp(local.ip)!),
  '{server_port}': ({ local }) => hex16(local.port),
};

function localData(text: string): (request: Request) => string {
  if (text.startsWith('{') && text.endsWith('}')) {
    const variable = variables[text];
    if (variable === undefined) throw new CorefileError(`unsupported variable name ${quote(text)}`);
    return variable;
  }
  if (!text.startsWith('0x')) return () => hexOfText(text);
  const digits = text.slice(2);
  const stray = /[^0-9a-fA-F]/u.exec(digits);
  if (stray)
    throw new CorefileError(
      `encoding/hex: invalid byte: U+${stray[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${stray[0]}'`,
    );
  if (digits.length % 2 > 0) throw new CorefileError('encoding/hex: odd length hex string');
  return () => digits.toLowerCase();
}

/** The client's network, as RFC 7871 lays it out. */
function subnet({ client }: Request, v4: number, v6: number): string {
  const address = parseIp(client.ip)!;
  const family = familyOf(address);
  const length = family === 'IPv4' ? v4 : v6;
  const network = hexOfIp(baseOf(cidr(`${address}/${length}`))).slice(0, Math.ceil(length / 8) * 2);
  return `${family === 'IPv4' ? '0001' : '0002'}${length.toString(16).padStart(2, '0')}00${network}`;
}

/** The target extensions of iptables: which options each takes, and what it makes of them. (extensions/libxt_*.c, libip*t_*.c) */
import { familyOf, parseIp, type Family } from '#net/ip.ts';
import type { Target } from '#node/netfilter.ts';
import { parseMark, type OptionValue } from './matches.ts';
import { optionTable, type OptionTable } from './options.ts';
import { ParameterProblem } from './problem.ts';
import { hex, savedString } from './save.ts';

export interface TargetContext {
  readonly family: Family;
  readonly protocol: string | undefined;
}

export interface TargetExtension {
  readonly options: OptionTable;
  make(values: readonly OptionValue[], context: TargetContext): Target;
}

const takes = (...names: string[]) => optionTable('required', ...names);
const flag = (...names: string[]) => optionTable('none', ...names);
const none: OptionTable = new Map();

function valueOf(values: readonly OptionValue[], id: string): string | undefined {
  return values.find((one) => one.id === id)?.value;
}

function has<Name extends string>(values: readonly OptionValue[], id: string, name: Name): { readonly [K in Name]?: true } {
  return (values.some((one) => one.id === id) ? { [name]: true } : {}) as { readonly [K in Name]?: true };
}

const portProtocols = ['tcp', 'udp', 'sctp', 'dccp'];

/** `10.0.0.1`, `10.0.0.1:80`, `10.0.0.1-10.0.0.9:80-90`, `:80`, `[fd00::1]:80`. */
function natAddress(text: string, { family, protocol }: TargetContext): string {
  const [, address = '', ports] =
    family === 'IPv6' && !text.startsWith('[') ? [text, text, undefined] : (/^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [text, text]);
  if (ports !== undefined) {
    if (protocol === undefined || !portProtocols.includes(protocol)) {
      throw new ParameterProblem('Need TCP, UDP, SCTP or DCCP with port specification');
    }
    for (const port of ports.split('/')[0]!.split('-')) {
      if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535) throw new ParameterProblem(`Port \`${port}' not valid`);
    }
  }
  if (address === '' && ports !== undefined) return text;
  for (const one of address.replace(/^\[|\]$/g, '').split('-')) {
    const ip = parseIp(one);
    if (ip === undefined || familyOf(ip) !== family) throw new ParameterProblem(`Bad IP address "${one}"`);
  }
  return text;
}

function required(values: readonly OptionValue[], id: string, extension: string): string {
  const found = valueOf(values, id);
  if (found === undefined) throw new ParameterProblem(`${extension}: option "--${id}" must be specified\n`);
  return found;
}

function portRange(text: string | undefined, { protocol }: TargetContext): { readonly toPorts?: string } {
  if (text === undefined) return {};
  if (protocol === undefined || !portProtocols.includes(protocol)) {
    throw new ParameterProblem('Need TCP, UDP, SCTP or DCCP with port specification');
  }
  for (const port of text.split('-')) {
    if (!/^\d+$/.test(port) || Number(port) > 65535) throw new ParameterProblem(`Port \`${port}' not valid`);
  }
  return { toPorts: text };
}

const mark: TargetExtension = {
  options: new Map([...takes('set-xmark'), ...takes('set-mark'), ...takes('and-mark'), ...takes('or-mark'), ...takes('xor-mark')]),
  make(values) {
    const [given] = values;
    if (given === undefined) throw new ParameterProblem('MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required');
    const parsed = parseMark(given.value);
    if (parsed === undefined) throw new ParameterProblem(`MARK: bad integer value for option "--${given.id}", or out of range.\n`);
    const [value, mask] = parsed;
    switch (given.id) {
      case 'set-xmark':
        return { kind: 'MARK', value, mask };
      case 'set-mark':
        return { kind: 'MARK', value, mask: (value | mask) >>> 0 };
      case 'and-mark':
        return { kind: 'MARK', value: 0, mask: ~value >>> 0 };
      case 'or-mark':
        return { kind: 'MARK', value, mask: value };
      default:
        return { kind: 'MARK', value, mask: 0 };
    }
  },
};

const rejects: Readonly<Record<Family, readonly (readonly [name: string, ...aliases: string[]])[]>> = {
  IPv4: [
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  IPv6: [
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['icmp6-port-unreachable', 'port-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
};

const reject: TargetExtension = {
  options: new Map(takes('reject-with')),
  make(values, { family }) {
    const given = valueOf(values, 'reject-with');
    if (given === undefined) return { kind: 'REJECT', with: family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable' };
    const known = rejects[family].find(
      ([name, ...aliases]) => name.startsWith(given.toLowerCase()) || aliases.includes(given.toLowerCase()),
    );
    if (known === undefined) throw new ParameterProblem(`unknown reject type "${given}"`);
    return { kind: 'REJECT', with: known[0] };
  },
};

/** syslog(3)'s levels, by number. */
export const logLevels = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'];

const log: TargetExtension = {
  options: new Map([
    ...takes('log-level'),
    ...takes('log-prefix'),
    ...flag('log-tcp-sequence'),
    ...flag('log-tcp-options'),
    ...flag('log-ip-options'),
    ...flag('log-uid'),
  ]),
  make(values) {
    const prefix = valueOf(values, 'log-prefix');
    const level = logLevel(valueOf(values, 'log-level') ?? '4');
    const flags = values.filter((one) => /^log-(tcp|ip|uid)/.test(one.id)).map((one) => `--${one.id}`);
    const text = [
      ...(prefix === undefined ? [] : [`--log-prefix ${savedString(prefix)}`]),
      ...(level === 4 ? [] : [`--log-level ${level}`]),
      ...flags,
    ];
    return { kind: 'LOG', text: text.join(' ') };
  },
};

function logLevel(text: string): number {
  const aliases: Readonly<Record<string, number>> = { panic: 0, err: 3, warning: 4 };
  const number = /^[0-7]$/.test(text) ? Number(text) : (aliases[text] ?? logLevels.indexOf(text));
  if (number < 0) throw new ParameterProblem(`log level "${text}" unknown\n`);
  return number;
}

const connmark: TargetExtension = {
  options: new Map([
    ...takes('set-xmark'),
    ...takes('set-mark'),
    ...flag('save-mark'),
    ...flag('restore-mark'),
    ...takes('nfmask'),
    ...takes('ctmask'),
    ...takes('mask'),
  ]),
  make(values) {
    const action = values.find((one) => ['set-xmark', 'set-mark', 'save-mark', 'restore-mark'].includes(one.id));
    if (action === undefined) throw new ParameterProblem('CONNMARK: No operation specified');
    if (action.id === 'save-mark' || action.id === 'restore-mark') {
      const both = valueOf(values, 'mask');
      const nf = Number(valueOf(values, 'nfmask') ?? both ?? 0xffff_ffff);
      const ct = Number(valueOf(values, 'ctmask') ?? both ?? 0xffff_ffff);
      const word = action.id === 'save-mark' ? 'save' : 'restore';
      const masked =
        nf === 0xffff_ffff && ct === 0xffff_ffff ? '' : nf === ct ? ` mask ${hex(nf)}` : ` nfmask ${hex(nf)} ctmask ~${hex(ct)}`;
      return {
        kind: 'opaque',
        text: `CONNMARK --${action.id} --nfmask ${hex(nf)} --ctmask ${hex(ct)}`,
        listed: `CONNMARK ${word}${masked}`,
      };
    }
    const [value, mask] = parseMark(action.value) ?? [0, 0];
    const full = action.id === 'set-mark' ? (value | mask) >>> 0 : mask;
    const listed = full === 0xffff_ffff ? `set ${hex(value)}` : `xset ${hex(value)}/${hex(full)}`;
    return { kind: 'opaque', text: `CONNMARK --set-xmark ${hex(value)}/${hex(full)}`, listed: `CONNMARK ${listed}` };
  },
};

/** A target whose options are kept as they were given. */
function kept(name: string, options: OptionTable, listed: (values: readonly OptionValue[]) => string, terminal = false): TargetExtension {
  return {
    options,
    make: (values) => ({
      kind: 'opaque',
      text: [name, ...values.map((one) => `--${one.id}${one.value === '' ? '' : ` ${one.value}`}`)].join(' '),
      listed: listed(values),
      ...(terminal && { terminal }),
    }),
  };
}

export const targetExtensions: ReadonlyMap<string, TargetExtension> = new Map<string, TargetExtension>([
  ['ACCEPT', { options: none, make: () => ({ kind: 'ACCEPT' }) }],
  ['DROP', { options: none, make: () => ({ kind: 'DROP' }) }],
  ['RETURN', { options: none, make: () => ({ kind: 'RETURN' }) }],
  ['MARK', mark],
  ['REJECT', reject],
  ['LOG', log],
  ['CONNMARK', connmark],
  [
    'DNAT',
    {
      options: new Map([...takes('to-destination'), ...flag('random'), ...flag('persistent')]),
      make: (values, context) => ({
        kind: 'DNAT',
        to: natAddress(required(values, 'to-destination', 'DNAT'), context),
        ...has(values, 'random', 'random'),
        ...has(values, 'persistent', 'persistent'),
      }),
    },
  ],
  [
    'SNAT',
    {
      options: new Map([...takes('to-source'), ...flag('random'), ...flag('random-fully'), ...flag('persistent')]),
      make: (values, context) => ({
        kind: 'SNAT',
        to: natAddress(required(values, 'to-source', 'SNAT'), context),
        ...has(values, 'random', 'random'),
        ...has(values, 'random-fully', 'randomFully'),
        ...has(values, 'persistent', 'persistent'),
      }),
    },
  ],
  [
    'MASQUERADE',
    {
      options: new Map([...takes('to-ports'), ...flag('random'), ...flag('random-fully')]),
      make: (values, context) => ({
        kind: 'MASQUERADE',
        ...portRange(valueOf(values, 'to-ports'), context),
        ...has(values, 'random', 'random'),
        ...has(values, 'random-fully', 'randomFully'),
      }),
    },
  ],
  [
    'REDIRECT',
    {
      options: new Map([...takes('to-ports'), ...flag('random')]),
      make: (values, context) => ({
        kind: 'REDIRECT',
        ...portRange(valueOf(values, 'to-ports'), context),
        ...has(values, 'random', 'random'),
      }),
    },
  ],
  [
    'NFLOG',
    {
      options: new Map([...takes('nflog-prefix'), ...takes('nflog-group')]),
      make(values) {
        const prefix = valueOf(values, 'nflog-prefix');
        const group = valueOf(values, 'nflog-group');
        const parts = [
          ...(prefix === undefined ? [] : [`nflog-prefix ${savedString(prefix)}`]),
          ...(group === undefined ? [] : [`nflog-group ${group}`]),
        ];
        return { kind: 'opaque', text: ['NFLOG', ...parts.map((part) => `--${part}`)].join(' '), listed: parts.join(' ') };
      },
    },
  ],
  ['TRACE', kept('TRACE', none, () => '')],
  ['NOTRACK', kept('NOTRACK', none, () => 'NOTRACK')],
  [
    'CT',
    kept('CT', new Map([...flag('notrack'), ...takes('zone'), ...takes('helper')]), (values) =>
      ['CT', ...values.map((one) => (one.value === '' ? one.id : `${one.id} ${one.value}`))].join(' '),
    ),
  ],
  ['CHECKSUM', kept('CHECKSUM', new Map(flag('checksum-fill')), () => 'CHECKSUM fill')],
  [
    'TCPMSS',
    kept(
      'TCPMSS',
      new Map([...takes('set-mss'), ...flag('clamp-mss-to-pmtu')]),
      (values) => `TCPMSS ${values[0]?.id === 'set-mss' ? `set ${values[0].value}` : 'clamp to PMTU'}`,
    ),
  ],
  [
    'NFQUEUE',
    kept(
      'NFQUEUE',
      new Map([...takes('queue-num'), ...flag('queue-bypass')]),
      (values) => `NFQUEUE num ${valueOf(values, 'queue-num') ?? 0}`,
      true,
    ),
  ],
  [
    'TPROXY',
    {
      options: new Map([...takes('on-port'), ...takes('on-ip'), ...takes('tproxy-mark')]),
      make(values, { family }) {
        const port = required(values, 'on-port', 'TPROXY');
        const ip = valueOf(values, 'on-ip') ?? (family === 'IPv4' ? '0.0.0.0' : '::');
        const [value, mask] = parseMark(valueOf(values, 'tproxy-mark') ?? '0/0') ?? [0, 0];
        const marked = `${hex(value)}/${hex(mask)}`;
        return {
          kind: 'opaque',
          text: `TPROXY --on-port ${port} --on-ip ${ip} --tproxy-mark ${marked}`,
          listed: `TPROXY redirect ${ip}:${port} mark ${marked}`,
          terminal: true,
        };
      },
    },
  ],
]);

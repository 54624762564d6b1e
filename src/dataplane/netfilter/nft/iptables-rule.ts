/** A rule of nft in a table that iptables keeps: the kernel stores both alike, so iptables shows it as a rule of its own. */
import type { Match, Rule, Target } from '#node/netfilter.ts';
import type { NftExpression, NftRule, NftStatement } from '#node/nftables.ts';

/** The rule as iptables says it; undefined when it has no words for it. */
export function asIptables({ statements, comment }: NftRule): Rule | undefined {
  const matches: Match[] = [];
  let target: Target | undefined;
  for (const statement of statements) {
    if (statement.kind === 'counter') continue;
    if (statement.kind === 'match') {
      const converted = matchOf(statement);
      if (converted === undefined) return undefined;
      matches.push(...converted);
      continue;
    }
    target = targetOf(statement);
    if (target === undefined) return undefined;
  }
  if (comment !== undefined) matches.push({ kind: 'comment', text: comment });
  return { matches, ...(target !== undefined && { target }) };
}

function matchOf({ left, operator, right }: NftStatement & { readonly kind: 'match' }): readonly Match[] | undefined {
  if ((operator !== '==' && operator !== '!=') || right.kind !== 'value') return undefined;
  const { text } = right;
  const not = operator === '!=' ? { not: true } : {};
  switch (subjectOf(left)) {
    case 'ip saddr':
    case 'ip6 saddr':
      return text.includes('-') ? undefined : [{ kind: 'source', cidr: withLength(text), ...not }];
    case 'ip daddr':
    case 'ip6 daddr':
      return text.includes('-') ? undefined : [{ kind: 'destination', cidr: withLength(text), ...not }];
    case 'meta iifname':
      return [{ kind: 'in', interface: interfaceName(text), ...not }];
    case 'meta oifname':
      return [{ kind: 'out', interface: interfaceName(text), ...not }];
    case 'meta l4proto':
    case 'ip protocol':
      return [{ kind: 'protocol', protocol: text, ...not }];
    case 'meta mark':
      return [{ kind: 'mark', value: Number(text), mask: 0xffffffff, ...not }];
    case 'ct state':
      return [{ kind: 'ctstate', states: text.toUpperCase().split(','), module: 'conntrack', ...not }];
    case 'tcp dport':
    case 'udp dport':
    case 'sctp dport':
      return ports(left, 'dport', text, operator === '!=');
    case 'tcp sport':
    case 'udp sport':
    case 'sctp sport':
      return ports(left, 'sport', text, operator === '!=');
    default:
      return undefined;
  }
}

function subjectOf(left: NftExpression): string | undefined {
  if (left.kind === 'payload') return `${left.header} ${left.field}`;
  return left.kind === 'meta' || left.kind === 'ct' ? `${left.kind} ${left.key}` : undefined;
}

function ports(left: NftExpression, which: 'dport' | 'sport', text: string, not: boolean): readonly Match[] {
  const protocol = (left as { readonly header: 'tcp' | 'udp' | 'sctp' }).header;
  const port = text.replace('-', ':');
  const side = which === 'dport' ? { dport: port, ...(not && { notDport: true }) } : { sport: port, ...(not && { notSport: true }) };
  return [
    { kind: 'protocol', protocol },
    { kind: 'ports', protocol, ...side },
  ];
}

function withLength(address: string): string {
  return address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;
}

function interfaceName(text: string): string {
  return text.replaceAll('"', '').replace(/\*$/, '+');
}

function targetOf(statement: NftStatement): Target | undefined {
  switch (statement.kind) {
    case 'verdict': {
      const { verdict } = statement;
      if (verdict.kind === 'jump' || verdict.kind === 'goto') return verdict;
      const words = { accept: 'ACCEPT', drop: 'DROP', return: 'RETURN', continue: undefined } as const;
      const kind = words[verdict.kind];
      return kind === undefined ? undefined : { kind };
    }
    case 'masquerade':
      return statement.flags.length === 0 ? { kind: 'MASQUERADE' } : undefined;
    case 'nat': {
      if (statement.to.kind !== 'value' || statement.flags !== undefined) return undefined;
      const to = statement.port === undefined ? statement.to.text : `${statement.to.text}:${statement.port}`;
      return { kind: statement.type === 'dnat' ? 'DNAT' : 'SNAT', to };
    }
    case 'redirect':
      return { kind: 'REDIRECT', ...(statement.port !== undefined && { toPorts: String(statement.port) }) };
    case 'reject':
      return statement.with === undefined ? { kind: 'REJECT', with: 'icmp-port-unreachable' } : undefined;
    default:
      return undefined;
  }
}

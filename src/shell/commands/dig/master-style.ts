/** Records in columns. (bind9: lib/dns/masterdump.c) */
import { parseIp, toNumber } from '#net/ip.ts';
import type { Question, ResourceRecord } from '#dataplane/dns/message.ts';

export interface MasterStyle {
  readonly ttlColumn: number;
  readonly classColumn: number;
  readonly typeColumn: number;
  readonly dataColumn: number;
  readonly ttl: boolean;
  readonly class: boolean;
  readonly multiline: boolean;
  readonly ttlUnits: boolean;
  /** All digits of IPv6 addresses. */
  readonly expandAddresses: boolean;
}

/** The columns dig and host use; several lines a record, or fewer fields, move them. */
export function masterStyle(
  options: Partial<Pick<MasterStyle, 'ttl' | 'class' | 'multiline' | 'ttlUnits' | 'expandAddresses'>> = {},
): MasterStyle {
  const { ttl = true, class: withClass = true, multiline = false, ttlUnits = false, expandAddresses = false } = options;
  const columns = multiline || (!ttl && !withClass) ? [24, 24, 24, 32] : !ttl || !withClass ? [24, 24, 32, 40] : [24, 32, 40, 48];
  const [ttlColumn, classColumn, typeColumn, dataColumn] = columns as [number, number, number, number];
  return { ttlColumn, classColumn, typeColumn, dataColumn, ttl, class: withClass, multiline, ttlUnits, expandAddresses };
}

const tab = 8;

/** A line under construction that goes on at columns, by tabs and blanks, at least one. */
class Line {
  text = '';
  #column = 0;

  add(text: string): this {
    this.text += text;
    this.#column += text.length;
    return this;
  }

  to(column: number): this {
    const target = Math.max(column, this.#column + 1);
    const tabs = Math.max(0, Math.floor(target / tab) - Math.floor(this.#column / tab));
    this.text += '\t'.repeat(tabs);
    const from = tabs > 0 ? Math.floor(target / tab) * tab : this.#column;
    this.text += ' '.repeat(target - from);
    this.#column = target;
    return this;
  }
}

export function questionLine({ name, type, class: recordClass }: Question, style: MasterStyle): string {
  return `;${new Line().add(name).to(style.classColumn).add(recordClass).to(style.typeColumn).add(type).text}`;
}

export function recordLine(record: ResourceRecord, style: MasterStyle): string {
  const line = new Line().add(record.name);
  if (style.ttl) line.to(style.ttlColumn).add(style.ttlUnits ? ttlText(record.ttl) : String(record.ttl));
  if (style.class) line.to(style.classColumn).add(record.class);
  line.to(style.typeColumn).add(record.type).to(style.dataColumn);
  return line.text + (style.multiline ? multilineData(record) : dataText(record, style.expandAddresses));
}

/** The data of a record; with all digits of IPv6 addresses if so wished. */
export function dataText({ type, data }: ResourceRecord, expandAddresses: boolean): string {
  const ip = expandAddresses && type === 'AAAA' ? parseIp(data) : undefined;
  return ip === undefined
    ? data
    : toNumber(ip)
        .toString(16)
        .padStart(32, '0')
        .replace(/(.{4})(?!$)/g, '$1:');
}

// prettier-ignore
const unitSeconds = [['w', 604800], ['d', 86400], ['h', 3600], ['m', 60], ['s', 1]] as const;

/** `1h30m`; 0 is `0s`. */
function ttlText(seconds: number): string {
  let rest = seconds;
  let text = '';
  for (const [unit, size] of unitSeconds) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}

const unitNames: { readonly [unit: string]: string } = { w: 'week', d: 'day', h: 'hour', m: 'minute', s: 'second' };

/** `1 hour 30 minutes` */
function wordyTtl(seconds: number): string {
  return ttlText(seconds)
    .replace(/(\d+)([wdhms])/g, (_, count: string, unit: string) => `${count} ${unitNames[unit]}${count === '1' ? '' : 's'} `)
    .trim();
}

/** An SOA record's times on lines of their own, with comments; other data as it is. */
function multilineData({ type, data }: ResourceRecord): string {
  if (type !== 'SOA') return data;
  const [server, mailbox, ...numbers] = data.split(' ');
  const fields = ['serial', 'refresh', 'retry', 'expire', 'minimum'];
  const lines = fields.map((field, i) => {
    const value = numbers[i] ?? '';
    const comment = i === 0 ? field : `${field} (${wordyTtl(Number(value))})`;
    return `\t\t\t\t${value.padEnd(10)} ; ${comment}\n`;
  });
  return `${server} ${mailbox} (\n${lines.join('')}\t\t\t\t)`;
}

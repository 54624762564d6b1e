/** Messages as dig shows them. (bind9 9.18: bin/dig/dig.c, printmessage, received; lib/dns/message.c, pseudosectiontotext) */
import { cookieOption, type Edns, type Flags, type Query, type Question, type Reply, type ResourceRecord } from '#dataplane/dns/message.ts';
import { isSubDomain } from '#dataplane/dns/name.ts';
import { queryLength, replyLength } from '#dataplane/dns/wire.ts';
import type { Received } from './lookup.ts';
import { serverText } from './servers.ts';
import { dataText, masterStyle, questionLine, recordLine, type MasterStyle } from './master-style.ts';
import type { DigLookup } from './options.ts';
import { subnetOption, subnetText } from './subnet.ts';

/** What a message is, asked or answered. */
interface Message {
  readonly id: number;
  readonly opcode: string;
  readonly rcode: string;
  readonly flags: Flags;
  readonly question: Question;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly edns?: Edns | undefined;
}

/** `qr aa rd` with a blank in front of each. */
export function flagsText(flags: Flags, isReply: boolean): string {
  const names = (['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter((name) => flags[name]);
  return [...(isReply ? ['qr'] : []), ...names].map((name) => ` ${name}`).join('');
}

export function countsText({ answer, authority, additional, edns }: Pick<Message, 'answer' | 'authority' | 'additional' | 'edns'>): string {
  return `QUERY: 1, ANSWER: ${answer.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length + (edns ? 1 : 0)}`;
}

/** The extended errors of RFC 8914 that have names. */
// prettier-ignore
const extendedErrors: { readonly [code: number]: string } = {
  0: 'Other', 3: 'Stale Answer', 4: 'Forged Answer', 6: 'DNSSEC Bogus', 9: 'DNSKEY Missing', 15: 'Blocked', 16: 'Censored', 17: 'Filtered', 18: 'Prohibited',
  20: 'Not Authoritative', 22: 'No Reachable Authority', 23: 'Network Error',
};

function optionText(code: number, data: string, asked: string | undefined): string {
  if (code === cookieOption)
    return `; COOKIE: ${data}${asked === undefined ? '' : data === asked ? ' (echoed)' : data.startsWith(asked) ? ' (good)' : ' (bad)'}\n`;
  const bytes = data.match(/../g) ?? [];
  if (code === 15) {
    const number = parseInt(data.slice(0, 4), 16);
    const text = new TextDecoder().decode(Uint8Array.from(bytes.slice(2), (byte) => parseInt(byte, 16)));
    return `; EDE: ${number}${extendedErrors[number] ? ` (${extendedErrors[number]})` : ''}${text === '' ? '' : `: (${text})`}\n`;
  }
  if (code === subnetOption) return `; CLIENT-SUBNET: ${subnetText(data)}\n`;
  const name = code === 3 ? 'NSID' : `OPT=${code}`;
  if (data === '') return `; ${name}:\n`;
  const readable = bytes
    .map((byte) => parseInt(byte, 16))
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');
  return `; ${name}: ${bytes.join(' ')} ("${readable}")\n`;
}

/** The OPT record. `askedCookie` is what was sent, to tell whether the server only sent it back. */
function optText(edns: Edns, askedCookie: string | undefined): string {
  const unknown = edns.flags & 0x7fff;
  const flags = `${edns.flags & 0x8000 ? ' do' : ''}; ${unknown ? `MBZ: 0x${unknown.toString(16).padStart(4, '0')}, ` : ''}udp: ${edns.udpSize}`;
  return `;; OPT PSEUDOSECTION:\n; EDNS: version: ${edns.version}, flags:${flags}\n${edns.options.map(({ code, data }) => optionText(code, data, askedCookie)).join('')}`;
}

export function styleOf({ ttl, showClass, multiline, ttlUnits, expandAddresses }: DigLookup): MasterStyle {
  return masterStyle({ ttl, class: showClass, multiline, ttlUnits, expandAddresses });
}

/** The body of a message: header, OPT, and the sections that are wanted. */
function messageText(message: Message, lookup: DigLookup, isReply: boolean, askedCookie: string | undefined): string {
  const style = styleOf(lookup);
  let text = '';
  if (lookup.comments) {
    if (isSubDomain('local.', message.question.name)) {
      text +=
        ';; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n';
    }
    text += `;; ->>HEADER<<- opcode: ${message.opcode}, status: ${message.rcode}, id: ${message.id}\n`;
    text += `;; flags:${flagsText(message.flags, isReply)}; ${countsText(message)}\n`;
    if (isReply && message.flags.rd && !message.flags.ra) text += ';; WARNING: recursion requested but not available\n';
    text += '\n';
    if (message.edns) text += optText(message.edns, askedCookie);
  }
  const section = (title: string, lines: readonly string[]) => {
    if (lines.length === 0) return;
    text += lookup.comments ? `;; ${title} SECTION:\n${lines.join('\n')}\n\n` : `${lines.join('\n')}\n`;
  };
  const records = (all: readonly ResourceRecord[]) => all.map((record) => recordLine(record, style));
  if (lookup.question) section('QUESTION', [questionLine(message.question, style)]);
  if (lookup.answer) section('ANSWER', records(message.answer));
  if (lookup.authority) section('AUTHORITY', records(message.authority));
  if (lookup.additional) section('ADDITIONAL', records(message.additional));
  return text;
}

function cookieOf(query: Query): string | undefined {
  return query.edns?.options.find(({ code }) => code === cookieOption)?.data;
}

/** `+qr`: what is about to be sent. */
export function queryText(query: Query, lookup: DigLookup): string {
  if (lookup.short) return '';
  const message = { ...query, rcode: 'NOERROR', answer: [], authority: [], additional: [] };
  return `${lookup.comments ? ';; Sending:\n' : ''}${messageText(message, lookup, false, undefined)};; QUERY SIZE: ${queryLength(query)}\n\n`;
}

/** A reply as a whole, without statistics. */
export function replyText({ query, reply, server, milliseconds }: Received, lookup: DigLookup): string {
  if (lookup.short) {
    const from = lookup.identify ? ` from server ${server.ip} in ${Math.floor(milliseconds)} ms.` : '';
    return reply.answer.map((record) => `${dataText(record, lookup.expandAddresses)}${from}\n`).join('');
  }
  return `${lookup.comments ? ';; Got answer:\n' : ''}${messageText(reply, lookup, true, cookieOf(query))}`;
}

/** Whether a record is of another class than the question, which BIND takes for a broken message. */
export function isMalformed(reply: Reply): boolean {
  return [...reply.answer, ...reply.authority, ...reply.additional].some(
    (record) => record.class !== reply.question.class && record.type !== 'OPT',
  );
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon Nov 23 03:15:15 UTC 2026` */
export function dateText(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${weekdays[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${two(date.getUTCDate())} ${clock} UTC ${date.getUTCFullYear()}`;
}

/** The lines behind a reply. */
export function statsText({ query, reply, server, milliseconds }: Received, lookup: DigLookup, now: number, microseconds: boolean): string {
  const from = `${serverText(server)}(${server.userarg})`;
  if (lookup.short) return '';
  if (lookup.stats) {
    const time = microseconds ? `${Math.round(milliseconds * 1000)} usec` : `${Math.floor(milliseconds)} msec`;
    return `;; Query time: ${time}\n;; SERVER: ${from} (${query.transport.toUpperCase()})\n;; WHEN: ${dateText(now)}\n;; MSG SIZE  rcvd: ${replyLength(reply)}\n\n`;
  }
  return lookup.identify ? `;; Received ${replyLength(reply)} bytes from ${from} in ${Math.floor(milliseconds)} ms\n\n` : '';
}

/** `+yaml` */
export function yamlText({ query, reply, server, milliseconds }: Received, now: number): string {
  const time = (at: number) => `!!timestamp ${new Date(at).toISOString()}`;
  const cookie = cookieOf(query);
  const lines = [
    '- type: MESSAGE',
    '  message:',
    `    type: ${reply.flags.ra ? 'RECURSIVE' : 'AUTH'}_RESPONSE`,
    `    query_time: ${time(now - milliseconds)}`,
    `    response_time: ${time(now)}`,
    `    message_size: ${replyLength(reply)}b`,
    `    socket_family: ${server.ip.includes(':') ? 'INET6' : 'INET'}`,
    `    socket_protocol: ${query.transport.toUpperCase()}`,
    `    response_address: "${server.ip}"`,
    `    response_port: ${server.port}`,
    `    query_address: "${server.ip.includes(':') ? '::' : '0.0.0.0'}"`,
    '    query_port: 0',
    '    response_message_data:',
    `      opcode: ${reply.opcode}`,
    `      status: ${reply.rcode}`,
    `      id: ${reply.id}`,
    `      flags:${flagsText(reply.flags, true)}`,
    '      QUESTION: 1',
    `      ANSWER: ${reply.answer.length}`,
    `      AUTHORITY: ${reply.authority.length}`,
    `      ADDITIONAL: ${reply.additional.length + (reply.edns ? 1 : 0)}`,
  ];
  if (reply.edns) {
    lines.push(
      '      OPT_PSEUDOSECTION:',
      '        EDNS:',
      `          version: ${reply.edns.version}`,
      `          flags:${reply.edns.flags & 0x8000 ? ' do' : ''}`,
      `          udp: ${reply.edns.udpSize}`,
    );
    for (const { code, data } of reply.edns.options)
      if (code === cookieOption) lines.push(`          COOKIE: ${data}${data === cookie ? ' (echoed)' : ''}`);
  }
  const { name, class: recordClass, type } = reply.question;
  lines.push('      QUESTION_SECTION:', `        - '${name} ${recordClass} ${type}'`);
  for (const [title, records] of [
    ['ANSWER', reply.answer],
    ['AUTHORITY', reply.authority],
    ['ADDITIONAL', reply.additional],
  ] as const) {
    if (records.length > 0)
      lines.push(
        `      ${title}_SECTION:`,
        ...records.map((record) => `        - '${record.name} ${record.ttl} ${record.class} ${record.type} ${record.data}'`),
      );
  }
  return `${lines.join('\n')}\n`;
}

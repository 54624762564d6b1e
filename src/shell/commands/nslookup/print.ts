/** Replies as BIND's nslookup shows them. (bind9 9.18: bin/dig/nslookup.c, printsection, detailsection, printsoa) */
import type { Reply, ResourceRecord } from '#dataplane/dns/message.ts';
import { typeCode } from '#dataplane/dns/type.ts';
import { shownName } from '../dig/chase.ts';

/** What stands in front of the data of a type. */
// prettier-ignore
const phrases: { readonly [type: string]: string } = {
  A: 'internet address = ', NS: 'nameserver = ', CNAME: 'canonical name = ', HINFO: 'hinfo = ', PTR: 'name = ', MX: 'mail exchanger = ', TXT: 'text = ',
  RP: 'rp = ', AFSDB: 'afsdb = ', SIG: 'signature = ', KEY: 'key = ', AAAA: 'has AAAA address ', LOC: 'loc = ', SRV: 'service = ', NAPTR: 'naptr = ',
  KX: 'kx = ', CERT: 'cert = ', DNAME: 'dname = ', OPT: 'optional = ',
};

function phrase({ type, data }: ResourceRecord): string {
  return `${phrases[type] ?? `rdata_${typeCode(type)} = `}${data}`;
}

function soaText(data: string): string {
  const [origin = '', mailbox = '', serial, refresh, retry, expire, minimum] = data.split(' ');
  return `\torigin = ${shownName(origin)}\n\tmail addr = ${shownName(mailbox)}\n\tserial = ${serial}\n\trefresh = ${refresh}\n\tretry = ${retry}\n\texpire = ${expire}\n\tminimum = ${minimum}\n`;
}

/** A section in short. Addresses have a line for the name in the answer only. */
export function shortSection(records: readonly ResourceRecord[], isAnswer: boolean): string {
  return records
    .map((record) => {
      const name = shownName(record.name);
      if (record.type === 'SOA') return `${name}\n${soaText(record.data)}`;
      if (isAnswer && (record.type === 'A' || record.type === 'AAAA')) return `Name:\t${name}\nAddress: ${record.data}\n`;
      return `${name}\t${phrase(record)}\n`;
    })
    .join('');
}

function detailedSection(title: string, records: readonly ResourceRecord[]): string {
  const lines = records.map(
    (record) =>
      `    ->  ${shownName(record.name)}\n${record.type === 'SOA' ? soaText(record.data) : `\t${phrase(record)}\n`}\tttl = ${record.ttl}\n`,
  );
  return `    ${title}:\n${lines.join('')}`;
}

/** `-debug` */
export function detailedReply({ question, answer, authority, additional }: Reply): string {
  return `------------
    QUESTIONS:
\t${shownName(question.name)}, type = ${question.type}, class = ${question.class}
${detailedSection('ANSWERS', answer)}${detailedSection('AUTHORITY RECORDS', authority)}${detailedSection('ADDITIONAL RECORDS', additional)}------------
`;
}

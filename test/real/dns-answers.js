/** The DNS that both the real tools and ours ask in test/real/dns.test.ts: a table, and names that behave in ways of their own. */

/** @typedef {{ name: string, ttl: number, class: 'IN', type: string, data: string }} Record */

/** @param {string} line */
function record(line) {
  const [name = '', ttl = '', type = '', ...data] = line.split(' ');
  return { name, ttl: Number(ttl), class: /** @type {const} */ ('IN'), type, data: data.join(' ') };
}

/** Addresses end in the number of the server's name; only 1 and 2 answer. */
const nameServers = {
  'z12.test.': [1, 2],
  'z19.test.': [1, 9],
  'z9.test.': [9],
  'z129.test.': [1, 2, 9],
  'zone.test.': [1],
  'lost.test.': [3],
};

/** @type {readonly Record[]} */
const records = [
  'example.org. 300 SOA ns1.example.org. admin.example.org. 7 7200 900 1209600 60',
  'example.org. 300 NS ns1.example.org.',
  'example.org. 300 NS ns2.example.org.',
  'example.org. 300 A 203.0.113.80',
  'example.org. 300 AAAA 2001:db8::1',
  'example.org. 300 MX 10 mx.example.org.',
  'example.org. 300 TXT "v=spf1 -all" "second part"',
  'example.org. 300 CAA 0 issue "ca.example.net"',
  'only-mx.example.org. 60 MX 10 mx.example.org.',
  'www.example.org. 60 CNAME example.org.',
  'empty-alias.example.org. 60 CNAME only-mx.example.org.',
  '_x._tcp.example.org. 60 SRV 1 2 80 example.org.',
  'h.example.org. 60 HINFO "PC" "Linux"',
  'dn.example.org. 60 DNAME example.net.',
  '80.113.0.203.in-addr.arpa. 60 PTR example.org.',
  'cl.loc.s1.test. 60 MX 1 mx.example.org.',
  ...[1, 2, 9].map((n) => `ns${n}.example.org. 300 A 127.0.0.${n}`),
  ...Object.entries(nameServers).flatMap(([zone, numbers]) => [
    ...numbers.map((n) => `${zone} 60 NS ns${n}.example.org.`),
    `${zone} 60 SOA ns1.example.org. a.b. 1 2 3 4 5`,
  ]),
].map(record);

/**
 * `servfail.…`, `refused.…` fail so, `drop.…` is never answered, `big.…` is cut over UDP, `nora…` comes without RA, `na.…` without AA.
 * @param {string} name
 * @param {string} type
 * @param {'udp' | 'tcp'} transport
 */
export function answerTo(name, type, transport) {
  if (/^drop\./.test(name)) return undefined;
  const reply = {
    rcode: 'NOERROR',
    aa: false,
    ra: true,
    tc: false,
    answer: /** @type {Record[]} */ ([]),
    authority: /** @type {Record[]} */ ([]),
  };
  if (/^servfail\./.test(name)) return { ...reply, rcode: 'SERVFAIL' };
  if (/(^|\.)refused\./.test(name)) return { ...reply, rcode: 'REFUSED', ra: false };
  const authoritative = !name.startsWith('na.');
  let owner = name.toLowerCase().replace(/^na\./, '');
  const answer = [];
  for (let hops = 0; hops < 5; hops++) {
    const own = records.filter((one) => one.name === owner);
    const shown = hops === 0 ? name : undefined;
    answer.push(...own.filter((one) => one.type === type || type === 'ANY').map((one) => ({ ...one, name: shown ?? one.name })));
    const alias = own.find((one) => one.type === 'CNAME');
    if (alias === undefined || type === 'CNAME' || type === 'ANY') break;
    answer.push({ ...alias, name: shown ?? alias.name });
    owner = alias.data;
  }
  const exists = records.some((one) => one.name === owner || one.name.endsWith(`.${owner}`));
  const soa = /(^|\.)example\.org\.$/.test(owner) ? records.slice(0, 1) : [];
  const found = answer.some((one) => one.type === type || type === 'ANY');
  const tc = /^big\./.test(name) && transport === 'udp';
  const authority = found ? (authoritative ? [] : records.slice(1, 3)) : soa;
  return {
    rcode: exists ? 'NOERROR' : 'NXDOMAIN',
    aa: authoritative,
    ra: !name.startsWith('nora'),
    tc,
    answer: tc ? [] : answer,
    authority,
  };
}

/** What each plugin answers: a Corefile, files beside it, questions, and the replies in lines. */
import { describe, expect, it } from '@jest/globals';
import { ask, filesOf, serverWith, type Asking } from '../../../support/coredns.ts';

type Exchange = readonly [question: string, reply: readonly string[], asking?: Asking];

interface Case {
  readonly corefile: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly exchanges: readonly Exchange[];
}

const zone = `$TTL 3600
@ IN SOA ns1 admin 2026112301 7200 900 1209600 300
@ IN NS ns1
@ IN NS ns2.other.test.
@ IN MX 10 mail
ns1 IN A 192.0.2.53
mail IN A 192.0.2.25
mail IN AAAA 2001:db8::25
www IN CNAME web
web IN A 192.0.2.80
old IN DNAME new.office.test.
* .wild IN TXT "any"
*.wild IN A 192.0.2.99
here.wild IN A 192.0.2.98
sub IN NS ns.sub
ns.sub IN A 192.0.2.54
out IN CNAME example.org.
deep.empty.branch IN A 192.0.2.7
`.replace('* .wild IN TXT "any"\n', '*.wild IN TXT "any"\n');

const soa = '! office.test. 3600 SOA ns1.office.test. admin.office.test. 2026112301 7200 900 1209600 300';
const ns = ['! office.test. 3600 NS ns1.office.test.', '! office.test. 3600 NS ns2.other.test.'];

const cases: { readonly [plugin: string]: Case } = {
  file: {
    corefile: 'office.test {\n file /zones/office.test\n}\n. {\n forward . 203.0.113.53\n}\n',
    files: { '/zones/office.test': zone },
    exchanges: [
      ['web.office.test. A', ['NOERROR aa rd', 'web.office.test. 3600 A 192.0.2.80', ...ns]],
      ['WEB.office.test. AAAA', ['NOERROR aa rd', soa]],
      [
        'www.office.test. A',
        ['NOERROR aa rd', 'www.office.test. 3600 CNAME web.office.test.', 'web.office.test. 3600 A 192.0.2.80', ...ns],
      ],
      ['nosuch.office.test. A', ['NXDOMAIN aa rd', soa]],
      ['empty.branch.office.test. A', ['NOERROR aa rd', soa]],
      ['a.b.wild.office.test. A', ['NOERROR aa rd', 'a.b.wild.office.test. 3600 A 192.0.2.99', ...ns]],
      ['here.wild.office.test. A', ['NOERROR aa rd', 'here.wild.office.test. 3600 A 192.0.2.98', ...ns]],
      ['x.sub.office.test. A', ['NOERROR rd', '! sub.office.test. 3600 NS ns.sub.office.test.', '+ ns.sub.office.test. 3600 A 192.0.2.54']],
      [
        'office.test. MX',
        [
          'NOERROR aa rd',
          'office.test. 3600 MX 10 mail.office.test.',
          ...ns,
          '+ mail.office.test. 3600 A 192.0.2.25',
          '+ mail.office.test. 3600 AAAA 2001:db8::25',
        ],
      ],
      ['office.test. SOA', ['NOERROR aa rd', soa.slice(2), ...ns]],
      ['office.test. NS', ['NOERROR aa rd', ...ns.map((one) => one.slice(2)), '+ ns1.office.test. 3600 A 192.0.2.53']],
      ['out.office.test. A', ['NOERROR aa rd', 'out.office.test. 3600 CNAME example.org.', 'example.org. 600 A 203.0.113.80', ...ns]],
      ['other.test. A', ['NXDOMAIN rd ra', '! . 86400 SOA a.root-servers.net. nstld.verisign-grs.com. 2026112300 1800 900 604800 86400']],
    ],
  },
  hosts: {
    corefile:
      '. {\n hosts /etc/inline example.test office.test {\n 192.0.2.5 Printer.office.test prn.office.test # one\n 2001:db8::5 printer.office.test\n 192.0.2.6 elsewhere.test\n ttl 60\n fallthrough example.test\n }\n whoami\n}\n',
    files: { '/etc/inline': '192.0.2.7 file.example.test\n' },
    exchanges: [
      ['printer.office.test. A', ['NOERROR aa rd', 'printer.office.test. 60 A 192.0.2.5']],
      ['printer.office.test. AAAA', ['NOERROR aa rd', 'printer.office.test. 60 AAAA 2001:db8::5']],
      ['prn.office.test. AAAA', ['NOERROR aa rd']],
      [
        '5.2.0.192.in-addr.arpa. PTR',
        ['NOERROR aa rd', '5.2.0.192.in-addr.arpa. 60 PTR printer.office.test.', '5.2.0.192.in-addr.arpa. 60 PTR prn.office.test.'],
      ],
      ['file.example.test. A', ['NOERROR aa rd', 'file.example.test. 60 A 192.0.2.7']],
      ['nosuch.office.test. A', ['SERVFAIL rd']],
      [
        'nosuch.example.test. A',
        ['NOERROR aa rd', '+ nosuch.example.test. 0 A 10.10.1.5', '+ _udp.nosuch.example.test. 0 SRV 0 0 40000 .'],
      ],
    ],
  },
  'hosts, everything': {
    corefile: '. {\n hosts {\n 192.0.2.5 a.test b.test\n 192.0.2.6 c.test\n no_reverse\n fallthrough\n }\n}\n',
    exchanges: [
      ['a.test. A', ['NOERROR aa rd', 'a.test. 3600 A 192.0.2.5']],
      ['5.2.0.192.in-addr.arpa. PTR', ['SERVFAIL rd']],
    ],
  },
  whoami: {
    corefile: '. {\n whoami\n}\n',
    exchanges: [
      ['any.test. A', ['NOERROR aa rd', '+ any.test. 0 A 10.10.1.5', '+ _udp.any.test. 0 SRV 0 0 40000 .']],
      [
        'any.test. MX',
        ['NOERROR aa rd', '+ any.test. 0 AAAA fd00::5', '+ _tcp.any.test. 0 SRV 0 0 40000 .'],
        { from: 'fd00::5', transport: 'tcp' },
      ],
    ],
  },
  any: {
    corefile: '. {\n any\n whoami\n}\n',
    exchanges: [['x.test. ANY', ['NOERROR rd', 'x.test. 8482 HINFO "ANY obsoleted" "See RFC 8482"']]],
  },
  acl: {
    corefile: `. {
 acl a.test {
  allow type A net 10.10.1.0/24
  block type AAAA net *
  drop net 10.66.0.0/16
  filter net 10.77.0.0/16
  allow net 10.10.0.0/16
  block
 }
 template ANY ANY test {
  answer "{{ .Name }} 60 IN TXT ok"
 }
}
`,
    exchanges: [
      ['x.a.test. A', ['NOERROR aa rd', 'x.a.test. 60 TXT "ok"']],
      ['x.a.test. AAAA', ['REFUSED rd']],
      ['x.a.test. TXT', ['NOERROR aa rd', 'x.a.test. 60 TXT "ok"'], { from: '10.10.9.9' }],
      ['x.a.test. TXT', ['timeout'], { from: '10.66.1.1' }],
      ['x.a.test. TXT', ['NOERROR rd'], { from: '10.77.1.1' }],
      ['x.a.test. TXT', ['REFUSED rd'], { from: '192.0.2.1' }],
      ['x.b.test. TXT', ['NOERROR aa rd', 'x.b.test. 60 TXT "ok"'], { from: '192.0.2.1' }],
    ],
  },
  template: {
    corefile: `. {
 template IN A ip.test {
  match "^ip-(?P<a>[0-9]+)-(?P<b>[0-9]+)-(?P<c>[0-9]+)-(?P<d>[0-9]+)[.]ip[.]test[.]$"
  answer "{{ .Name }} 60 IN A {{ .Group.a }}.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
  authority "ip.test. 60 IN NS ns.test."
  additional "ns.test. 60 IN A 192.0.2.53"
  fallthrough
 }
 template IN A ip.test {
  rcode NXDOMAIN
  authority "{{ .Zone }} 60 IN SOA ns.test. admin.test. (1 60 60 60 60)"
 }
 template IN MX ip.test {
  answer "{{ .Name }} 60 IN MX {{ len .Match }}0 mx{{ if eq .Type \\"MX\\" }}-mail{{ end }}.test."
 }
 template IN TXT ip.test {
  answer "{{ .Nothing }}"
 }
}
`,
    exchanges: [
      [
        'ip-10-0-0-7.ip.test. A',
        ['NOERROR aa rd', 'ip-10-0-0-7.ip.test. 60 A 10.0.0.7', '! ip.test. 60 NS ns.test.', '+ ns.test. 60 A 192.0.2.53'],
      ],
      ['x.ip.test. A', ['NXDOMAIN aa rd', '! ip.test. 60 SOA ns.test. admin.test. 1 60 60 60 60']],
      ['x.ip.test. MX', ['NOERROR aa rd', 'x.ip.test. 60 MX 10 mx-mail.test.']],
      ['x.ip.test. TXT', ['SERVFAIL rd']],
      ['x.ip.test. SRV', ['SERVFAIL rd']],
    ],
  },
  rewrite: {
    corefile: `. {
 rewrite stop name exact short.test long.answer.test answer auto
 rewrite name suffix .cdn.test .origin.test
 rewrite name regex (.*)-us\\.east\\.test {1}.us.test answer name (.*)\\.us\\.test {1}-us.east.test
 rewrite type AAAA A
 rewrite class CH IN
 rewrite ttl exact ttl.test 5-10
 rewrite rcode suffix .gone.test NXDOMAIN NOERROR
 rewrite cname exact a.alias.test. b.alias.test.
 template IN A gone.test {
  rcode NXDOMAIN
  authority "gone.test. 60 IN NS ns.test."
 }
 template IN A alias.test {
  answer "{{ .Name }} 60 IN A 192.0.2.{{ len .Name }}"
 }
 template IN A test {
  answer "{{ .Name }} 3600 IN A 192.0.2.1"
 }
}
`,
    exchanges: [
      ['short.test. A', ['NOERROR aa rd', 'short.test. 3600 A 192.0.2.1']],
      ['x.cdn.test. A', ['NOERROR aa rd', 'x.origin.test. 3600 A 192.0.2.1']],
      ['a-us.east.test. A', ['NOERROR aa rd', 'a-us.east.test. 3600 A 192.0.2.1']],
      ['z.test. AAAA', ['NOERROR aa rd', 'z.test. 3600 A 192.0.2.1']],
      ['z.test. A', ['REFUSED rd'], { class: 'CH' }],
      ['ttl.test. A', ['NOERROR aa rd', 'ttl.test. 10 A 192.0.2.1']],
      ['x.gone.test. A', ['NOERROR aa rd', '! gone.test. 60 NS ns.test.']],
    ],
  },
  'rewrite edns0': {
    corefile: '. {\n rewrite edns0 local set 0xffee 0x61\n forward . 203.0.113.53\n}\n',
    exchanges: [['example.org. A', ['NOERROR rd ra', 'example.org. 600 A 203.0.113.80']]],
  },
  chaos: {
    corefile: '. {\n chaos CoreDNS-9 "me" you\n}\n',
    exchanges: [
      ['version.bind. TXT', ['NOERROR rd', 'version.bind. 0 TXT "CoreDNS-9"'], { class: 'CH' }],
      ['hostname.bind. TXT', ['NOERROR rd', 'hostname.bind. 0 TXT "coredns-6d8c4cb4d-x7k2p"'], { class: 'CH' }],
      ['version.bind. TXT', ['SERVFAIL rd']],
    ],
  },
  local: {
    corefile: '. {\n local\n}\n',
    exchanges: [
      ['localhost. A', ['NOERROR rd', 'localhost. 604800 A 127.0.0.1']],
      ['localhost. AAAA', ['NOERROR rd', 'localhost. 604800 AAAA ::1']],
      ['localhost. MX', ['NOERROR rd', '! localhost. 604800 SOA localhost. root.localhost. 1 0 0 0 604800']],
      ['1.0.0.127.in-addr.arpa. PTR', ['NOERROR rd', '1.0.0.127.in-addr.arpa. 604800 PTR localhost.']],
      ['x.localhost. A', ['NXDOMAIN rd', '! localhost. 604800 SOA localhost. root.localhost. 1 0 0 0 604800']],
      ['localhost.corp.test. A', ['NOERROR rd', 'localhost.corp.test. 604800 A 127.0.0.1']],
    ],
  },
  minimal: {
    corefile: 'office.test {\n minimal\n file /zones/office.test\n}\n',
    files: { '/zones/office.test': zone },
    exchanges: [
      ['web.office.test. A', ['NOERROR aa rd', 'web.office.test. 3600 A 192.0.2.80']],
      ['nosuch.office.test. A', ['NXDOMAIN aa rd', soa]],
    ],
  },
  header: {
    corefile: '. {\n header {\n response set ra\n response clear aa rd\n query set rd\n }\n whoami\n}\n',
    exchanges: [['x.test. A', ['NOERROR ra', '+ x.test. 0 A 10.10.1.5', '+ _udp.x.test. 0 SRV 0 0 40000 .']]],
  },
  dns64: {
    corefile: '. {\n dns64\n forward . 203.0.113.53\n}\n',
    exchanges: [
      ['mx1.example.org. AAAA', ['NOERROR rd', 'mx1.example.org. 600 AAAA 64:ff9b::cb00:7152'], { from: 'fd00::5' }],
      [
        'mx1.example.org. AAAA',
        ['NOERROR rd ra', '! example.org. 3600 SOA ns1.example.org. dns.example.org. 2026020202 7200 3600 1209600 120'],
      ],
      ['six.example.org. AAAA', ['NOERROR rd ra', 'six.example.org. 300 AAAA 2001:db8:80::6'], { from: 'fd00::5' }],
    ],
  },
  view: {
    corefile:
      '.:53 {\n view inside {\n expr incidr(client_ip(), \'10.10.1.0/24\') && type() == \'A\'\n }\n template IN ANY . {\n answer "{{ .Name }} 60 IN TXT inside"\n }\n}\n.:53 {\n template IN ANY . {\n answer "{{ .Name }} 60 IN TXT outside"\n }\n}\n',
    exchanges: [
      ['x.test. A', ['NOERROR aa rd', 'x.test. 60 TXT "inside"']],
      ['x.test. MX', ['NOERROR aa rd', 'x.test. 60 TXT "outside"']],
      ['x.test. A', ['NOERROR aa rd', 'x.test. 60 TXT "outside"'], { from: '10.10.2.1' }],
    ],
  },
  k8s_external: {
    corefile: '. {\n kubernetes cluster.local\n k8s_external ext.test\n}\n',
    exchanges: [
      ['ext.test. SOA', ['NOERROR aa rd', 'ext.test. 5 SOA ns1.dns.ext.test. hostmaster.dns.ext.test. 1795403715 7200 1800 86400 5']],
      [
        'nosuch.market.ext.test. A',
        ['NXDOMAIN aa rd', '! ext.test. 5 SOA ns1.dns.ext.test. hostmaster.dns.ext.test. 1795403715 7200 1800 86400 5'],
      ],
    ],
  },
  'zones and ports': {
    corefile:
      'a.test:53 {\n template IN TXT . {\n answer "{{ .Name }} 60 IN TXT a"\n }\n}\nb.a.test {\n template IN TXT . {\n answer "{{ .Name }} 60 IN TXT b"\n }\n}\n10.0.0.0/9 {\n whoami\n}\n',
    exchanges: [
      ['x.a.test. TXT', ['NOERROR aa rd', 'x.a.test. 60 TXT "a"']],
      ['x.B.A.test. TXT', ['NOERROR aa rd', 'x.b.a.test. 60 TXT "b"']],
      ['b.a.test. TXT', ['NOERROR aa rd', 'b.a.test. 60 TXT "b"']],
      ['other.test. TXT', ['REFUSED rd']],
      [
        '1.0.1.10.in-addr.arpa. PTR',
        ['NOERROR aa rd', '+ 1.0.1.10.in-addr.arpa. 0 A 10.10.1.5', '+ _udp.1.0.1.10.in-addr.arpa. 0 SRV 0 0 40000 .'],
      ],
      ['1.0.200.10.in-addr.arpa. PTR', ['REFUSED rd']],
      ['a.test. TXT', ['REFUSED rd'], { class: 'CH' }],
    ],
  },
};

describe.each(Object.entries(cases))('%s', (_, { corefile, files = {}, exchanges }) => {
  const server = serverWith(corefile, { files: filesOf({ '/etc/resolv.conf': 'nameserver 203.0.113.53\n', ...files }) });
  it.each(
    exchanges.map(
      ([question, reply, asking]) => [`${question}${asking ? ` ${JSON.stringify(asking)}` : ''}`, question, reply, asking] as const,
    ),
  )('%s', (_title, question, reply, asking) => expect(ask(server, question, asking)).toEqual(reply));
});

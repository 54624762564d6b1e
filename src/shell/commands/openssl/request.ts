/** `openssl req -x509`: a key, and a certificate that is its own issuer. Keys and signatures are drawn, as all of the simulation's. (OpenSSL 3: apps/req.c) */
import {
  addressOctets,
  bytes,
  extension,
  keyIdentifierOf,
  publicKeyOf,
  rsaEncryption,
  rsaPrivateKey,
  sha256WithRsa,
} from '#node/pki/certificate.ts';
import { element, octets, oid, pem, sequence, set, text, time, type Bytes } from '#node/pki/der.ts';
import { stream } from '#kube/chance.ts';
import { parseIp } from '#net/ip.ts';
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { save } from './loading.ts';
import { parseOptions, type Known, type Options } from './options.ts';
import { ErrorQueue } from './release.ts';

const known: Known = {
  flags: 'x509 new nodes noenc batch sha256 utf8',
  values: 'newkey keyout out subj addext',
  numbers: 'days',
  beyond:
    'in inform outform config section verify noout text subject pubkey modulus key keyform passin passout pkeyopt newhdr reqexts extensions CA CAkey multivalue-rdn nameopt reqopt sigopt vfyopt copy_extensions precert set_serial x509v1 sha1 sha384 sha512 engine keygen_engine provider rand writerand not_before not_after quiet',
  digests: 'told',
};

/** Types of names: their identifiers, and the kind of their text where it is not UTF-8. */
const types: Readonly<Record<string, readonly [identifier: string, tag?: number]>> = {
  CN: ['2.5.4.3'],
  C: ['2.5.4.6', 0x13],
  L: ['2.5.4.7'],
  ST: ['2.5.4.8'],
  O: ['2.5.4.10'],
  OU: ['2.5.4.11'],
  emailAddress: ['1.2.840.113549.1.9.1', 0x16],
};

interface Subject {
  readonly name: Bytes;
  readonly warnings: string;
}

/** `/type=value/type=value`, a backslash before what is not meant to separate (parse_name). */
function subjectOf(subject: string): Subject {
  let warnings = '';
  const parts = subject.slice(1).match(/(?:\\.|[^/\\])+/g) ?? [];
  const name = parts.flatMap((part) => {
    const [, type = '', escaped = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const found = types[type];
    const value = escaped.replace(/\\(.)/g, '$1');
    if (found === undefined) warnings += `req warning: Skipping unknown subject name attribute "${type}"\n`;
    else if (value === '') warnings += `req warning: No value provided for subject name attribute "${type}", skipped\n`;
    if (found === undefined || value === '') return [];
    const [identifier, tag = 0x0c] = found;
    return [set(sequence(oid(identifier), element(tag, text(value))))];
  });
  return { name: sequence(...name), warnings };
}

const usages = ['serverAuth', 'clientAuth', 'codeSigning', 'emailProtection'];
const keyUsages = ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign'];

/** What an extension says wrong, in the words of the error queue: the code, and the rest. */
class Malformed extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

function alternativeName(word: string): Bytes {
  const [, kind = '', value] = /^([^:]*)(?::(.*))?$/s.exec(word.trim()) ?? [];
  if (value === undefined)
    throw new Malformed('1100007C', 'X509 V3 routines:v2i_GENERAL_NAME_ex:missing value:../crypto/x509/v3_san.c:607:');
  const tag = { DNS: 0x82, email: 0x81, URI: 0x86 }[kind];
  if (tag !== undefined) return element(tag, text(value));
  if (kind !== 'IP') {
    throw new Malformed('11000075', `X509 V3 routines:v2i_GENERAL_NAME_ex:unsupported option:../crypto/x509/v3_san.c:640:name=${kind}`);
  }
  if (parseIp(value) === undefined) {
    throw new Malformed('11000076', `X509 V3 routines:a2i_GENERAL_NAME:bad ip address:../crypto/x509/v3_san.c:552:value=${value}`);
  }
  return element(0x87, addressOctets(value));
}

function usageBits(words: readonly string[]): Bytes {
  const bits = words.map((word) => keyUsages.indexOf(word));
  const value = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  const unused = Array.from({ length: 8 }, (_, bit) => bit).find((bit) => value & (1 << bit)) ?? 0;
  return element(0x03, octets(unused, value));
}

interface Extra {
  readonly id: number;
  of(words: readonly string[]): Bytes;
}

/** Extensions that may be added. */
const extras: Readonly<Record<string, Extra>> = {
  subjectAltName: { id: 17, of: (words) => sequence(...words.map(alternativeName)) },
  keyUsage: { id: 15, of: usageBits },
  extendedKeyUsage: { id: 37, of: (words) => sequence(...words.map((word) => oid(`1.3.6.1.5.5.7.3.${usages.indexOf(word) + 1}`))) },
  basicConstraints: {
    id: 19,
    of: (words) => sequence(words.some((word) => /^CA:true$/i.test(word)) ? element(0x01, octets(0xff)) : ''),
  },
};

interface Added {
  readonly id: number;
  readonly der: Bytes;
}

function addedOf(word: string): Added {
  const [, name = '', value = ''] = /^\s*([^=\s]*)\s*=\s*(.*)$/s.exec(word) ?? [];
  const extra = extras[name];
  if (extra === undefined) {
    throw new Malformed('11000082', 'X509 V3 routines:do_ext_nconf:unknown extension name:../crypto/x509/v3_conf.c:88:');
  }
  const words = value.split(',').map((one) => one.trim());
  const critical = words[0] === 'critical';
  return { id: extra.id, der: extension(extra.id, critical, extra.of(critical ? words.slice(1) : words)) };
}

/** The extensions of `-addext`; or the problem. */
function extensionsOf(options: Options, here: Here): readonly Added[] | { readonly problem: string } {
  const added: Added[] = [];
  for (const { name, value } of options.given) {
    if (name !== 'addext') continue;
    try {
      added.push(addedOf(value));
    } catch (wrong) {
      if (!(wrong instanceof Malformed)) throw wrong;
      const [, key = '', rest = ''] = /^\s*([^=\s]*)\s*=\s*(.*)$/s.exec(value) ?? [];
      const where = `X509 V3 routines:X509V3_EXT_nconf_int:error in extension:../crypto/x509/v3_conf.c:48:section=default, name=${key}, value=${rest}`;
      const queue = new ErrorQueue(here).add(wrong.code, wrong.message).add('11000080', where);
      return { problem: `Error checking extensions defined using -addext\n${queue.toString()}` };
    }
  }
  return added;
}

/** What a search for two primes looks like: a dot for each candidate, a plus for each test passed (genrsa_cb, BN_GENCB). */
function search(purpose: string, bits: number): string {
  const draw = stream(`${purpose}/search`);
  const below = (bound: number) => draw() % bound;
  const candidates = (bound: number) => {
    let shown = '';
    for (let left = 1 + below(bound); left > 0; left--) shown += `${'.'.repeat(1 + below(9))}+`;
    return shown.slice(0, -1);
  };
  const found = '+'.repeat(65);
  const prime = () => `${candidates(12)}${found}*${candidates(12)}${found}*${candidates(bits / 32)}${found}\n`;
  return prime() + prime();
}

export function request(args: readonly string[], io: Io, here: Here): Output {
  const options = parseOptions('req', args, known);
  if ('problem' in options) return failure(options.problem);
  if (options.rest.length > 0) return failure('req: Use -help for summary.\n');
  const [subject, newkey] = [options.last('subj'), options.last('newkey')];
  const size = /^rsa(?::(\d+))?$/.exec(newkey ?? 'rsa');
  const bits = Number(size?.[1] ?? 2048);
  if (!options.has('x509')) return failure('cka-net: openssl req: requests for certificates are not simulated, only req -x509\n');
  if (subject === undefined)
    return failure('cka-net: openssl req: it asks for the subject when there is no -subj, and nobody can answer\n');
  if (!options.has('nodes') && !options.has('noenc')) {
    return failure('cka-net: openssl req: it asks for a pass phrase when there is no -nodes, and nobody can answer\n');
  }
  if (size === null || bits % 1024 !== 0) return failure(`cka-net: openssl req: keys of ${newkey} are not simulated\n`);
  const added = extensionsOf(options, here);
  if ('problem' in added) return failure(added.problem);
  const { lab, place } = here;
  const purpose = `${lab.snapshot.cluster.seed}/openssl/${place.node}/${lab.now}/${subject}`;
  let stderr = search(purpose, bits);
  const key = pem('PRIVATE KEY', sequence(element(0x02, octets(0)), rsaEncryption, element(0x04, rsaPrivateKey(purpose, bits))));
  const keyFile = options.last('keyout') ?? 'privkey.pem';
  const unwritten = save(io, keyFile, key);
  if (unwritten !== undefined) return failure(`${stderr}req: Can't open "${keyFile}" for writing, ${unwritten}\n`);
  stderr += '-----\n';
  if (!subject.startsWith('/')) {
    const form = 'subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\.';
    return failure(`${stderr}req: ${form} This name is not in that format: '${subject}'\n`);
  }
  const { name, warnings } = subjectOf(subject);
  stderr += warnings;
  const days = Number(options.last('days') ?? 30);
  const certificate = selfSigned({ purpose, bits, name, now: lab.now, days, added });
  const out = options.last('out');
  if (out === undefined) return output(certificate, stderr);
  const unsaved = save(io, out, certificate);
  return unsaved === undefined ? output('', stderr) : failure(`${stderr}req: Can't open "${out}" for writing, ${unsaved}\n`);
}

interface Content {
  readonly purpose: string;
  readonly bits: number;
  readonly name: Bytes;
  readonly now: number;
  readonly days: number;
  readonly added: readonly Added[];
}

/** The certificate, with the extensions of v3_ca in openssl.cnf; those that were added take their places. */
function selfSigned({ purpose, bits, name, now, days, added }: Content): string {
  const identifier = keyIdentifierOf(purpose);
  const usual: readonly Added[] = [
    { id: 14, der: extension(14, false, element(0x04, identifier)) },
    { id: 35, der: extension(35, false, sequence(element(0x80, identifier))) },
    { id: 19, der: extension(19, true, sequence(element(0x01, octets(0xff)))) },
  ];
  const own = usual.map((one) => added.find(({ id }) => id === one.id) ?? one);
  const more = added.filter(({ id }) => !usual.some((one) => one.id === id));
  const start = Math.floor(now / 1000) * 1000;
  const body = sequence(
    element(0xa0, element(0x02, octets(2))),
    element(0x02, bytes(`${purpose}/serial`, 20)),
    sha256WithRsa,
    name,
    sequence(time(start), time(start + days * 86_400_000)),
    name,
    publicKeyOf(purpose, bits),
    element(0xa3, sequence(...[...own, ...more].map(({ der }) => der))),
  );
  const signature = element(0x03, octets(0), bytes(`${purpose}/signature`, bits / 8));
  return pem('CERTIFICATE', sequence(body, sha256WithRsa, signature));
}

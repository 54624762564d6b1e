/** openssl, as far as a cluster's certificates want it: x509, verify, s_client, req, version. (OpenSSL 3: apps/openssl.c) */
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { releaseAt } from './release.ts';
import { request } from './request.ts';
import { sClient } from './s-client.ts';
import { verify } from './verify.ts';
import { x509 } from './x509.ts';

type Program = (args: readonly string[], io: Io, here: Here) => Output | Promise<Output>;

const programs: Readonly<Record<string, Program>> = {
  x509,
  verify,
  s_client: sClient,
  req: request,
  version: (args, _io, here) => version(args, here),
};

/** What openssl can do beside, and the simulation cannot. */
const beyond = new Set(
  'asn1parse ca ciphers cmp cms crl crl2pkcs7 dgst dhparam dsa dsaparam ec ecparam enc engine errstr fipsinstall gendsa genpkey genrsa help info kdf list mac nseq ocsp passwd pkcs12 pkcs7 pkcs8 pkey pkeyparam pkeyutl prime rand rehash rsa rsautl s_server s_time sess_id smime speed spkac srp storeutl ts md4 md5 rmd160 sha1 sha224 sha256 sha384 sha512 sm3 base64'.split(
    ' ',
  ),
);

function version(args: readonly string[], here: Here): Output {
  const { version: number, date } = releaseAt(here);
  const words = `OpenSSL ${number} ${date}`;
  if (args.every((arg) => arg === '-v')) return output(`${words} (Library: ${words})\n`);
  const asked = args.find((arg) => !arg.startsWith('-'));
  if (asked !== undefined) return failure('version: Use -help for summary.\n');
  const lines: Readonly<Record<string, string>> = {
    '-v': `${words} (Library: ${words})\n`,
    '-p': 'platform: debian-amd64\n',
    '-d': 'OPENSSLDIR: "/usr/lib/ssl"\n',
    '-e': 'ENGINESDIR: "/usr/lib/x86_64-linux-gnu/engines-3"\n',
    '-m': 'MODULESDIR: "/usr/lib/x86_64-linux-gnu/ossl-modules"\n',
  };
  const strange = args.find((arg) => !(arg in lines));
  if (strange !== undefined) return failure(`cka-net: openssl version: ${strange} is not simulated\n`);
  return output(
    Object.entries(lines)
      .filter(([option]) => args.includes(option))
      .map(([, line]) => line)
      .join(''),
  );
}

export const openssl: Command = {
  name: 'openssl',
  run(args, io, here) {
    const [name = 'help', ...rest] = args;
    const program = programs[name];
    if (program !== undefined) return program(rest, io, here);
    if (beyond.has(name) || name.startsWith('-')) return failure(`cka-net: openssl ${name} is not simulated\n`);
    return failure(`Invalid command '${name}'; type "help" for a list.\n`);
  },
};

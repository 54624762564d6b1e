/** `openssl x509`: what a certificate says. (OpenSSL 3: apps/x509.c) */
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { alternativeNameList, oids, pemOf, rsaAlgorithm, type Certificate } from '#net/x509.ts';
import { loadCertificates, save } from './loading.ts';
import { printName, printTime } from './names.ts';
import { parseOptions, type Given, type Known, type Options } from './options.ts';
import { ErrorQueue, releaseAt } from './release.ts';
import { certificateText, chosenExtensions, hex, isPart } from './text.ts';

const known: Known = {
  flags: 'noout nocert subject issuer dates startdate enddate serial email fingerprint text modulus pubkey alias ocsp_uri',
  values: 'in out ext nameopt certopt dateopt inform outform',
  numbers: 'checkend',
  beyond:
    'req new x509toreq CA CAkey CAcreateserial CAserial CAform CAkeyform days set_serial subj signkey key keyform passin extfile extensions copy_extensions force_pubkey sigopt vfyopt preserve_dates clrext trustout purpose hash subject_hash issuer_hash subject_hash_old issuer_hash_old ocspid next_serial badsig clrtrust clrreject addtrust addreject setalias provider provider-path propquery engine rand writerand not_before not_after multi',
  digests: 'any',
};

/** Digests that fingerprints are made with here, by openssl's names and by WebCrypto's. */
const digests: Readonly<Record<string, string>> = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };

interface Asked {
  readonly certificate: Certificate;
  readonly options: Options;
  readonly here: Here;
  /** Between types and values of names. */
  readonly equals: string;
}

/** Undefined: there is nothing of that kind, which stderr is told. */
type Print = (asked: Asked, value: string) => string | undefined | Promise<string>;

function name(label: string, of: (certificate: Certificate) => Certificate['subject']): Print {
  return ({ certificate, options, equals }) => {
    const styles = (options.last('nameopt') ?? 'oneline').split(',');
    const printed = styles.map((style) => printName(of(certificate), equals, style)).findLast((text) => text !== undefined);
    return `${label}=${printed ?? ''}\n`;
  };
}

function date(label: string, of: (certificate: Certificate) => number): Print {
  return ({ certificate, options }) => `${label}=${printTime(of(certificate), options.last('dateopt') === 'iso_8601')}\n`;
}

/** Fails with what openssl says. */
class Refused extends Error {}

const fingerprint: Print = async ({ certificate, options, here }) => {
  const asked = options.last('digest');
  const digest = asked ?? 'sha1';
  const algorithm = digests[digest];
  if (algorithm === undefined) {
    const words = `digital envelope routines:inner_evp_generic_fetch:unsupported:../crypto/evp/evp_fetch.c:386:Global default library context, Algorithm (${digest} : 0), Properties (<null>)`;
    throw new Refused(`Unknown digest\n${new ErrorQueue(here).add('0308010C', words).toString()}`);
  }
  const sum = await crypto.subtle.digest(algorithm, Uint8Array.from(certificate.der));
  // The digest by default has its name in capitals; one that was asked for, as it was asked.
  return `${asked ?? 'SHA1'} Fingerprint=${hex(new Uint8Array(sum), ':').toUpperCase()}\n`;
};

const startDate = date('notBefore', ({ notBefore }) => notBefore);
const endDate = date('notAfter', ({ notAfter }) => notAfter);

const prints: Readonly<Record<string, Print>> = {
  subject: name('subject', ({ subject }) => subject),
  issuer: name('issuer', ({ issuer }) => issuer),
  startdate: startDate,
  enddate: endDate,
  dates: async (asked, value) => `${await startDate(asked, value)}${await endDate(asked, value)}`,
  serial: ({ certificate }) => `serial=${hex(certificate.serial).replace(/^00/, '').toUpperCase()}\n`,
  email: ({ certificate }) => emails(certificate).join(''),
  fingerprint,
  text: ({ certificate, options, equals }) => {
    const without = options.given.filter((one) => one.name === 'certopt').flatMap(({ value }) => value.split(','));
    return certificateText(certificate, equals, without.filter(isPart));
  },
  modulus: ({ certificate }) => `Modulus=${hex(certificate.modulus).replace(/^00/, '').toUpperCase()}\n`,
  pubkey: ({ certificate }) => pemOf('PUBLIC KEY', certificate.publicKey),
  alias: () => '<No Alias>\n',
  ocsp_uri: () => '',
  ext: ({ certificate }, value) => chosenExtensions(certificate, value.split(',')),
};

function emails({ subject, extensions }: Certificate): readonly string[] {
  const alternative = extensions.find(({ oid }) => oid === oids.subjectAltName);
  const named = alternative === undefined ? [] : alternativeNameList(alternative.value).filter((one) => one.startsWith('email:'));
  const own = subject.filter(({ type }) => type === 'emailAddress').map(({ value }) => value);
  return [...own, ...named.map((one) => one.slice('email:'.length))].map((one) => `${one}\n`);
}

/** What needs an RSA key to be shown. */
const ofRsaKeys = new Set(['text', 'modulus']);

export async function x509(args: readonly string[], io: Io, here: Here): Promise<Output> {
  const options = parseOptions('x509', args, known);
  if ('problem' in options) return failure(options.problem);
  if (options.rest.length > 0) return failure('x509: Use -help for summary.\n');
  for (const form of ['inform', 'outform']) {
    if (!/^(pem|p)?$/i.test(options.last(form) ?? '')) return failure(`cka-net: openssl x509: -${form} is not simulated beside PEM\n`);
  }
  const loaded = loadCertificates(here, io, options.last('in'), 'certificate');
  if ('problem' in loaded) return failure(`${loaded.problem}Unable to load certificate\n`);
  const [certificate] = loaded.certificates;
  if (certificate.keyAlgorithm !== rsaAlgorithm && options.given.some((one) => ofRsaKeys.has(one.name))) {
    return failure('cka-net: openssl x509: keys beside RSA are not simulated\n');
  }
  try {
    return finish(options, io, await shown({ certificate, options, here, equals: releaseAt(here).equals }), here);
  } catch (refusal) {
    if (refusal instanceof Refused) return failure(refusal.message);
    throw refusal;
  }
}

interface Shown {
  readonly text: string;
  readonly stderr: string;
  readonly exitCode: number;
}

async function shown(asked: Asked): Promise<Shown> {
  const { certificate, options, here } = asked;
  let text = '';
  let stderr = '';
  for (const { name: option, value } of once(options.given)) {
    const printed = await prints[option]?.(asked, value);
    if (printed === undefined && option === 'ext') stderr += 'No extensions in certificate\n';
    text += printed ?? '';
  }
  const seconds = options.last('checkend');
  if (seconds !== undefined) {
    const expires = certificate.notAfter < here.lab.now + Number(seconds) * 1000;
    return { text: `${text}Certificate will ${expires ? '' : 'not '}expire\n`, stderr, exitCode: expires ? 1 : 0 };
  }
  if (!options.has('noout') && !options.has('nocert')) text += pemOf('CERTIFICATE', certificate.der);
  return { text, stderr, exitCode: 0 };
}

/** An option that is given twice counts where it stands last. */
function once(given: readonly Given[]): readonly Given[] {
  return given.filter(({ name: option }, i) => given.findLastIndex((one) => one.name === option) === i);
}

function finish(options: Options, io: Io, { text, stderr, exitCode }: Shown, here: Here): Output {
  const out = options.last('out');
  if (out === undefined) return output(text, stderr, exitCode);
  const problem = save(io, out, text);
  if (problem === undefined) return output('', stderr, exitCode);
  const code = problem === 'Permission denied' ? '8000000D' : '80000002';
  const queue = new ErrorQueue(here)
    .add(code, `system library:BIO_new_file:${problem}:../crypto/bio/bss_file.c:67:calling fopen(${out}, w)`)
    .add(
      problem === 'Permission denied' ? '10080002' : '10000080',
      `BIO routines:BIO_new_file:${problem === 'Permission denied' ? 'system lib:../crypto/bio/bss_file.c:77' : 'no such file:../crypto/bio/bss_file.c:75'}:`,
    );
  return failure(`Can't open "${out}" for writing, ${problem}\n${queue.toString()}`);
}

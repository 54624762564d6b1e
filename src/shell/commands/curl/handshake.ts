/** curl's TLS handshake: what `-v` shows of it, and whether the server is believed. (curl: lib/vtls/openssl.c) */
import type { Trace } from '#dataplane/trace/trace.ts';
import { parseIp } from '#net/ip.ts';
import type { Here } from '../../command.ts';
import { listenerOf } from '../../network/http.ts';
import { namesHost, tlsServerOf, type TlsServer } from '../../network/tls.ts';
import { doubtOf } from '../../network/verification.ts';
import { alternativeNames, parseCertificates, type Attribute, type Certificate } from '#net/x509.ts';
import type { CurlOptions } from './options.ts';
import type { CurlError } from './url.ts';
import { isAtLeast, type Words } from './words.ts';

export interface HandshakeInput {
  readonly here: Here;
  readonly trace: Trace;
  readonly host: string;
  readonly options: CurlOptions;
  readonly release: string;
  readonly openssl: string;
  readonly words: Words;
  readonly now: number;
  readFile(path: string): string | undefined;
}

export type Handshake = { readonly verifyResult: number } & (
  | { readonly kind: 'done'; readonly http2: boolean; readonly certificate: Certificate | undefined }
  | { readonly kind: 'failed'; readonly error: CurlError }
);

const more = `
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.`;
const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt';

function refused(code: number, message: string, verifyResult = 0): Handshake {
  return { kind: 'failed', verifyResult, error: { code, message } };
}

/** Shakes hands with the server at the end of a connection. `showData`: the sizes of messages are shown too. */
export function handshake(input: HandshakeInput, write: (text: string) => void, showData: boolean): Handshake {
  const { options, trace, here, openssl, release, words } = input;
  const log = new Log(write, options.verbose, showData);
  const offered = options.http === '1.1' || options.http === '1.0' ? 'http/1.1' : 'h2,http/1.1';
  const own = clientCertificate(input);
  if (own !== undefined && 'error' in own) return own.error;
  const authorities = options.caFile === undefined ? [] : authoritiesOf(input);
  if (authorities === undefined) return refused(77, `error setting certificate file: ${options.caFile}`);
  log.say(isAtLeast(release, '8.0.0') ? `ALPN: curl offers ${offered}` : `ALPN: offers ${offered}`);
  log.data('}', 5);
  log.say('TLSv1.3 (OUT), TLS handshake, Client hello (1):');
  log.data('}', 512);
  const server = tlsServerOf(here, trace, input.host);
  if (server === undefined) {
    const talks = ['http'].includes(listenerOf(trace)?.speaks ?? '');
    const message = talks
      ? words.tlsError(openssl)
      : `OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to ${input.host}:${trace.flow.dstPort} `;
    log.say(message);
    return refused(35, message);
  }
  if (!options.insecure) {
    log.say(` CAfile: ${options.caFile ?? systemAuthorities}`);
    log.say(' CApath: /etc/ssl/certs');
  }
  const size = server.chain.reduce((sum, { der }) => sum + der.length + 5, 8);
  log.messageIn('Server hello (2)', 122);
  log.messageIn('Encrypted Extensions (8)', server.http2 ? 15 : 21);
  if (server.asks) log.messageIn('Request CERT (13)', 96);
  log.messageIn('Certificate (11)', size);
  // curl lets any certificate of its file end the chain (X509_V_FLAG_PARTIAL_CHAIN).
  const doubt = doubtOf(server.chain, authorities, input.now, { partial: true });
  if (doubt !== undefined && !options.insecure) {
    log.messageOut(`TLS alert, ${doubt.code === 10 ? 'certificate expired (557)' : 'unknown CA (560)'}`, 2);
    log.say(`SSL certificate problem: ${doubt.text}`);
    return refused(60, `SSL certificate problem: ${doubt.text}${more}`, doubt.code);
  }
  log.messageIn('CERT verify (15)', 264);
  const digest = server.cipher.endsWith('384') ? 52 : 36;
  log.messageIn('Finished (20)', digest);
  log.messageOut('TLS change cipher, Change cipher spec (1)', 1);
  if (server.asks) {
    log.messageOut('TLS handshake, Certificate (11)', own === undefined ? 8 : own.certificate.der.length + 13);
    if (own !== undefined) log.messageOut('TLS handshake, CERT verify (15)', 264);
  }
  log.messageOut('TLS handshake, Finished (20)', digest);
  log.say(`SSL connection using TLSv1.3 / ${server.cipher}${isAtLeast(release, '8.5.0') ? ' / X25519 / RSASSA-PSS' : ''}`);
  const http2 = server.http2 && offered.startsWith('h2');
  log.say(`ALPN: server accepted ${http2 ? 'h2' : 'http/1.1'}`);
  const named = describe(log, server, input);
  if (!named && !options.insecure) {
    const message = `SSL: no alternative certificate subject name matches target host name '${input.host}'`;
    log.say(message);
    return refused(60, message + more);
  }
  const leaf = server.chain[0]!;
  log.say(` issuer: ${nameText(leaf.issuer)}`);
  if (doubt === undefined) log.say(' SSL certificate verify ok.');
  else log.say(` SSL certificate verify result: ${doubt.text} (${doubt.code}), continuing anyway.`);
  if (isAtLeast(release, '8.5.0'))
    log.say('  Certificate level 0: Public key type RSA (2048/112 Bits/secBits), signed using sha256WithRSAEncryption');
  log.data('}', 5);
  log.say(http2 ? 'using HTTP/2' : isAtLeast(release, '8.10.0') ? 'using HTTP/1.x' : 'using HTTP/1.1');
  return { kind: 'done', http2, certificate: own?.certificate, verifyResult: doubt?.code ?? 0 };
}

/** Whose certificate it is; false when it is not the host's. */
function describe(log: Log, server: TlsServer, { host, options }: HandshakeInput): boolean {
  const leaf = server.chain[0]!;
  log.say('Server certificate:');
  log.say(` subject: ${nameText(leaf.subject)}`);
  log.say(` start date: ${dateText(leaf.notBefore)}`);
  log.say(` expire date: ${dateText(leaf.notAfter)}`);
  const named = namesHost(server, host);
  if (options.insecure) return named;
  if (named) {
    const address = parseIp(host) !== undefined;
    log.say(
      address
        ? ` subjectAltName: host "${host}" matched cert's IP address!`
        : ` subjectAltName: host "${host}" matched cert's "${matching(leaf, host)}"`,
    );
  } else log.say(` subjectAltName does not match ${host}`);
  return named;
}

function matching(leaf: Certificate, host: string): string {
  const names = alternativeNames(leaf)?.dns ?? [];
  return names.find((name) => name === host) ?? names.find((name) => name.startsWith('*.')) ?? host;
}

/** The authorities of `--cacert`; undefined where the file is none. */
function authoritiesOf({ options, readFile }: HandshakeInput): readonly Certificate[] | undefined {
  const text = readFile(options.caFile!);
  const found = text === undefined ? [] : parseCertificates(text);
  return found.length === 0 ? undefined : found;
}

function clientCertificate(input: HandshakeInput): { readonly certificate: Certificate } | { readonly error: Handshake } | undefined {
  const { options, readFile } = input;
  if (options.cert === undefined) return undefined;
  const path = options.cert.replace(/:[^/:]*$/, '');
  const text = readFile(path);
  const certificate = text === undefined ? undefined : parseCertificates(text)[0];
  const why =
    text === undefined ? 'error:80000002:system library::No such file or directory' : 'error:0480006C:PEM routines::no start line';
  const wrong = ', (no key found, wrong pass phrase, or wrong file format?)';
  if (certificate === undefined)
    return { error: refused(58, `could not load PEM client certificate from ${path}, OpenSSL error ${why}${wrong}`) };
  const key = options.key ?? path;
  const keyText = readFile(key);
  if (keyText === undefined || !keyText.includes('PRIVATE KEY')) {
    return { error: refused(58, `unable to set private key file: '${key}' type PEM`) };
  }
  return { certificate };
}

function nameText(name: readonly Attribute[]): string {
  return name.map(({ type, value }) => `${type}=${value}`).join('; ');
}

function dateText(at: number): string {
  const [, , day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(at).toUTCString()) ?? [];
  return `${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT`;
}

class Log {
  readonly #write: (text: string) => void;
  readonly #verbose: boolean;
  readonly #data: boolean;

  constructor(write: (text: string) => void, verbose: boolean, data: boolean) {
    this.#write = write;
    this.#verbose = verbose;
    this.#data = data;
  }

  say(text: string): void {
    if (this.#verbose) this.#write(`* ${text}\n`);
  }

  data(mark: '{' | '}', bytes: number): void {
    if (this.#verbose && this.#data) this.#write(`${mark} [${bytes} bytes data]\n`);
  }

  messageIn(what: string, bytes: number): void {
    this.say(`TLSv1.3 (IN), TLS handshake, ${what}:`);
    this.data('{', bytes);
  }

  messageOut(what: string, bytes: number): void {
    this.say(`TLSv1.3 (OUT), ${what}:`);
    this.data('}', bytes);
  }
}

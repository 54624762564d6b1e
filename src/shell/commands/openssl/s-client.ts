/** `openssl s_client`: a TLS connection, and all that is known of it. TLS 1.3 only. (OpenSSL 3: apps/s_client.c, apps/lib/s_cb.c, s_socket.c) */
import { portOfService } from '#dataplane/netfilter/iptables/services.ts';
import { parseIp, type Family } from '#net/ip.ts';
import { failure, type Here, type Io, type Output } from '../../command.ts';
import { attempt, blockingDelay, bothFamilies, resolve, type Attempt } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { errnoNumber, gaiStrerror, strerror } from '../../network/errno.ts';
import { listenerOf, rawExchange } from '../../network/http.ts';
import { tlsServerOf, type TlsServer } from '../../network/tls.ts';
import { verification, type Doubt, type Expectation } from '../../network/verification.ts';
import { isKeyOf, pemOf, type Attribute, type Certificate } from '#net/x509.ts';
import { Timeline } from '../../timeline.ts';
import { acceptedAuthorities, goAlgorithms, handshakeSizes, helloSize, type Offer } from './handshake.ts';
import { loadAuthorities, loadCertificates, loadKey } from './loading.ts';
import { oneLine, printTime } from './names.ts';
import { parseOptions, type Known, type Options } from './options.ts';
import { ErrorQueue, releaseAt, type Release } from './release.ts';

const known: Known = {
  flags:
    'showcerts quiet brief ign_eof no_ign_eof verify_return_error verify_quiet tls1_3 noservername 4 6 crlf prexit partial_chain no-CAfile no-CApath no-CAstore no_ssl3 no_tls1 no_tls1_1',
  values: 'connect servername CAfile cert key alpn verify_hostname verify_ip host',
  numbers: 'verify port',
  beyond:
    'tls1 tls1_1 tls1_2 no_tls1_2 no_tls1_3 dtls dtls1 dtls1_2 starttls proxy unix bind CApath CAstore chainCAfile chainCApath cert_chain CRL crl_check crl_check_all certform keyform pass reconnect msg msgfile debug state trace security_debug nbio nbio_test psk psk_identity psk_session srpuser sess_out sess_in status serverinfo keylogfile early_data enable_pha sigalgs client_sigalgs groups curves named_curve cipher ciphersuites min_protocol max_protocol bugs no_comp comp no_ticket serverpref legacy_renegotiation legacy_server_connect no_renegotiation nameopt xkey xcert xchain xchain_build tlsextdebug ct noct ctlogfile dane_tlsa_domain use_srtp keymatexport keymatexportlen fallback_scsv engine provider rand writerand nextprotoneg sctp mtu read_buf split_send_frag max_pipelines',
};

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, the host in brackets where it has colons; either may be missing (BIO_parse_hostserv). */
function endpointOf(options: Options): Endpoint | undefined {
  const target = options.last('connect') ?? options.rest[0] ?? `${options.last('host') ?? ''}:${options.last('port') ?? ''}`;
  const [, bracketed, plain, service] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(target) ?? [];
  const name = service ?? '';
  const port = name === '' ? 4433 : /^\d+$/.test(name) ? Number(name) : portOfService(name, 'tcp');
  const host = bracketed ?? plain;
  return port === undefined || host === undefined ? undefined : { host: host === '' ? 'localhost' : host, port };
}

/** A name of one label is not taken for one of DNS (is_dNS_name). */
function isDnsName(host: string): boolean {
  return parseIp(host) === undefined && /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/.test(host) && !/^[\d.]+$/.test(host);
}

export function sClient(args: readonly string[], io: Io, here: Here): Output {
  const options = parseOptions('s_client', args, known);
  if ('problem' in options) return failure(options.problem);
  if (options.rest.length > 1) return failure('s_client: Use -help for summary.\n');
  const endpoint = endpointOf(options);
  if (endpoint === undefined) {
    return failure('s_client: -connect argument or target parameter malformed or ambiguous\n');
  }
  const file = options.last('CAfile');
  const authorities = file === undefined ? [] : loadAuthorities(here, io, file);
  const depth = options.last('verify');
  const announced = depth === undefined || options.has('quiet') ? '' : `verify depth is ${depth}\n`;
  if ('problem' in authorities) return failure(announced + authorities.problem);
  const certificate = ownCertificate(options, io, here);
  if (certificate !== undefined && 'problem' in certificate) return failure(announced + certificate.problem);
  const timeline = new Timeline({ buffered: !io.tty });
  timeline.err(announced);
  const tried = connectTo(endpoint, options, here, timeline);
  if (tried === undefined) return timeline.end(1);
  return new Session({ options, io, here, timeline, endpoint, tried, authorities, certificate }).run();
}

/** The client's own certificate, undefined when it shows none; or the problem. */
function ownCertificate(options: Options, io: Io, here: Here): Certificate | undefined | { readonly problem: string } {
  const file = options.last('cert');
  if (file === undefined) return undefined;
  const key = loadKey(here, io, options.last('key') ?? file, 'client certificate private key');
  if ('problem' in key) return key;
  const loaded = loadCertificates(here, io, file, 'client certificate');
  if ('problem' in loaded) return { problem: `${loaded.problem}Unable to load client certificate\n` };
  const [certificate] = loaded.certificates;
  if (isKeyOf(certificate, key.pem)) return certificate;
  const words = 'x509 certificate routines:X509_check_private_key:key values mismatch:../crypto/x509/x509_cmp.c:403:';
  return { problem: `error setting private key\n${new ErrorQueue(here).add('05800074', words).toString()}` };
}

/** Tries the addresses one after the other (init_client). */
function connectTo({ host, port }: Endpoint, options: Options, here: Here, timeline: Timeline): Attempt | undefined {
  const families: readonly Family[] = options.has('4') ? ['IPv4'] : options.has('6') ? ['IPv6'] : bothFamilies;
  const { libc } = userlandAt(here);
  const { connectLines, lookupLine } = releaseAt(here);
  const lookup = resolve(here, host, families);
  timeline.wait(lookup.milliseconds);
  const queue = new ErrorQueue(here);
  if (lookup.addresses.length === 0) {
    const why = gaiStrerror(lookup.error, libc);
    queue.add('10080002', `BIO routines:BIO_lookup_ex:system lib:../crypto/bio/bio_addr.c:${lookupLine}:${why}`);
    timeline.err(`${queue.toString()}connect:errno=0\n`);
    return undefined;
  }
  let errno = 0;
  for (const address of lookup.addresses) {
    const tried = attempt(here, address, port);
    timeline.wait(tried.after + blockingDelay(tried));
    if (tried.errno === undefined) return tried;
    errno = errnoNumber(tried.errno);
    const code = `80${errno.toString(16).padStart(6, '0').toUpperCase()}`;
    const why = strerror(tried.errno, libc);
    queue
      .add(code, `system library:BIO_connect:${why}:../crypto/bio/bio_sock2.c:${connectLines[0]}:calling connect()`)
      .add('10000067', `BIO routines:BIO_connect:connect error:../crypto/bio/bio_sock2.c:${connectLines[1]}:`);
  }
  timeline.err(`${queue.toString()}connect:errno=${errno}\n`);
  return undefined;
}

interface Input {
  readonly options: Options;
  readonly io: Io;
  readonly here: Here;
  readonly timeline: Timeline;
  readonly endpoint: Endpoint;
  readonly tried: Attempt;
  readonly authorities: readonly Certificate[];
  readonly certificate: Certificate | undefined;
}

const rule = '---\n';
const nobody = `${rule}no peer certificate available\n${rule}No client certificate CA names sent\n`;

/** What holds of every connection here. */
function facts(cipher: string, key: string, protocol: string | undefined, { code, text }: Doubt): string {
  return `New, ${cipher}
${key}Secure Renegotiation IS NOT supported
Compression: NONE
Expansion: NONE
${protocol === undefined ? 'No ALPN negotiated' : `ALPN protocol: ${protocol}`}
Early data was not sent
Verify return code: ${code} (${text})
`;
}

const fine: Doubt = { code: 0, text: 'ok' };

class Session {
  readonly #input: Input;
  readonly #release: Release;
  readonly #quiet: boolean;
  readonly #brief: boolean;

  constructor(input: Input) {
    this.#input = input;
    this.#release = releaseAt(input.here);
    this.#brief = input.options.has('brief');
    this.#quiet = input.options.has('quiet') || this.#brief;
  }

  run(): Output {
    const { here, options, timeline, tried, endpoint, certificate } = this.#input;
    const servername = options.last('servername') ?? (isDnsName(endpoint.host) ? endpoint.host : undefined);
    const alpn = options.last('alpn')?.split(',');
    const offer: Offer = {
      ...(servername !== undefined && !options.has('noservername') && { servername }),
      ...(alpn !== undefined && { alpn }),
      ...(certificate !== undefined && { certificate }),
    };
    if (!this.#quiet) timeline.out('CONNECTED(00000003)\n');
    timeline.wait(2 * tried.after + 1);
    const server = tlsServerOf(here, tried.trace, offer.servername);
    return server === undefined ? this.#strange(offer) : this.#shakeHands(server, offer);
  }

  /** The other side speaks no TLS. */
  #strange(offer: Offer): Output {
    const { here, timeline, tried } = this.#input;
    const answers = listenerOf(tried.trace)?.speaks === 'http';
    const queue = new ErrorQueue(here);
    if (answers) {
      const { recordLine } = this.#release;
      queue.add('0A00010B', `SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:${recordLine}:`);
    } else queue.add('0A000126', 'SSL routines:ssl3_read_n:unexpected eof while reading:../ssl/record/rec_layer_s3.c:318:');
    timeline.err(queue.toString());
    if (!this.#quiet) {
      const written = helloSize(offer) + (answers ? 0 : 7);
      const sizes = `SSL handshake has read ${answers ? 5 : 0} bytes and written ${written} bytes\nVerification: OK\n`;
      timeline.out(nobody + rule + sizes + rule + facts('(NONE), Cipher is (NONE)', '', undefined, fine) + rule);
    }
    return timeline.end(1);
  }

  #shakeHands(server: TlsServer, offer: Offer): Output {
    const { here, options, timeline, tried } = this.#input;
    if (offer.servername === undefined) timeline.err("Can't use SSL_get_servername\n");
    const verified = this.#verify(server);
    const broken = options.has('verify_return_error') && verified.code !== 0;
    const protocol = server.http2 ? ['h2', 'http/1.1'].find((one) => offer.alpn?.includes(one)) : undefined;
    const accepted = acceptedAuthorities(tried.trace.destination!.at.host, listenerOf(tried.trace)!.process);
    if (broken) {
      const words = 'SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/statem/statem_clnt.c:1889:';
      timeline.err(new ErrorQueue(here).add('0A000086', words).toString());
    }
    if (this.#brief && !broken) this.#tellBriefly(server, verified, protocol);
    if (!this.#quiet) {
      const sizes = handshakeSizes(server, offer, accepted, protocol, broken);
      timeline.out(this.#account(server, { verified, broken, protocol, accepted, sizes }));
    }
    return broken ? timeline.end(1) : this.#talk(server);
  }

  /** Verifies the chain, and tells each step (verify_callback). */
  #verify({ chain }: TlsServer): Doubt {
    const { here, options, timeline, authorities } = this.#input;
    const [host, address] = [options.last('verify_hostname'), options.last('verify_ip')];
    const expected: Expectation = {
      partial: options.has('partial_chain'),
      ...(host !== undefined && { host }),
      ...(address !== undefined && { address }),
    };
    const silent = options.has('verify_quiet') || this.#brief;
    let last = fine;
    for (const { depth, certificate, doubt } of verification(chain, authorities, here.lab.now, expected)) {
      if (doubt !== undefined) last = doubt;
      if (doubt === undefined && silent) continue;
      timeline.err(`depth=${depth} ${oneLine(certificate.subject, this.#release.equals)}\n`);
      if (doubt !== undefined) timeline.err(`verify error:num=${doubt.code}:${doubt.text}\n`);
      // The time is told as long as the error that is remembered is one of time.
      if (last.code === 9) timeline.err(`notBefore=${printTime(certificate.notBefore)}\n`);
      if (last.code === 10) timeline.err(`notAfter=${printTime(certificate.notAfter)}\n`);
      if (doubt !== undefined && options.has('verify_return_error')) return doubt;
      if (!silent) timeline.err('verify return:1\n');
    }
    return last;
  }

  #tellBriefly(server: TlsServer, { code, text }: Doubt, protocol: string | undefined): void {
    this.#input.timeline.err(`CONNECTION ESTABLISHED
Protocol version: TLSv1.3
Ciphersuite: ${server.cipher}
${server.asks ? `Requested Signature Algorithms: ${goAlgorithms}\n` : ''}Peer certificate: ${oneLine(server.chain[0]!.subject, this.#release.equals)}
Hash used: SHA256
Signature type: RSA-PSS
${code === 0 ? 'Verification: OK' : `Verification error: ${text}`}
Server Temp Key: X25519, 253 bits
${protocol === undefined ? '' : `ALPN protocol: ${protocol}\n`}`);
  }

  /** The account that s_client gives of a connection (print_stuff). */
  #account(
    server: TlsServer,
    done: {
      readonly verified: Doubt;
      readonly broken: boolean;
      readonly protocol: string | undefined;
      readonly accepted: readonly (readonly Attribute[])[];
      readonly sizes: { readonly read: number; readonly written: number };
    },
  ): string {
    const { options } = this.#input;
    const { equals } = this.#release;
    const { verified, broken, protocol, accepted, sizes } = done;
    const [leaf] = server.chain;
    const every = options.has('showcerts');
    const chain = server.chain.map(
      (one, i) => ` ${i} s:${oneLine(one.subject, equals)}
   i:${oneLine(one.issuer, equals)}
   a:PKEY: rsaEncryption, ${bitsOf(one)} (bit); sigalg: RSA-SHA256
   v:NotBefore: ${printTime(one.notBefore)}; NotAfter: ${printTime(one.notAfter)}
${every ? pemOf('CERTIFICATE', one.der) : ''}`,
    );
    const own = `Server certificate
${every ? '' : pemOf('CERTIFICATE', leaf!.der)}subject=${oneLine(leaf!.subject, equals)}
issuer=${oneLine(leaf!.issuer, equals)}
`;
    const names = accepted.map((name) => `${oneLine(name, equals)}\n`).join('');
    const asked =
      server.asks && !broken
        ? `Acceptable client certificate CA names
${names}Requested Signature Algorithms: ${goAlgorithms}
Shared Requested Signature Algorithms: ${goAlgorithms.split(':').slice(0, -2).join(':')}
`
        : 'No client certificate CA names sent\n';
    const signed = broken ? '' : 'Peer signing digest: SHA256\nPeer signature type: RSA-PSS\n';
    const trust = verified.code === 0 ? 'Verification: OK' : `Verification error: ${verified.text}`;
    const parts = [
      `Certificate chain\n${chain.join('')}`,
      broken ? 'no peer certificate available\n' : own,
      `${asked}${signed}Server Temp Key: X25519, 253 bits\n`,
      `SSL handshake has read ${sizes.read} bytes and written ${sizes.written} bytes\n${trust}\n`,
      facts(`TLSv1.3, Cipher is ${server.cipher}`, broken ? '' : `Server public key is ${bitsOf(leaf!)} bit\n`, protocol, verified),
    ];
    return parts.map((part) => rule + part).join('') + rule;
  }

  /** What stdin says goes to the server; the answer is waited for only when the end of stdin does not end the connection. */
  #talk(server: TlsServer): Output {
    const { here, io, options, timeline, tried, certificate } = this.#input;
    const waits = (options.has('quiet') || options.has('ign_eof')) && !options.has('no_ign_eof');
    // etcd lets nobody in who has not shown a certificate.
    if (server.asks && certificate === undefined && listenerOf(tried.trace)?.process === 'etcd') {
      const words = 'SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/record/rec_layer_s3.c:1601:SSL alert number 116';
      timeline.err(new ErrorQueue(here).add('0A00045C', words).toString());
      return timeline.end(1);
    }
    if (waits) {
      const shown = certificate === undefined ? {} : { certificate };
      const answered = io.stdin === '' ? undefined : rawExchange(here, tried.trace, io.stdin, { scheme: 'https', ...shown });
      timeline.wait(tried.after + 1);
      if (answered !== undefined) timeline.out(answered.answer);
    } else if (!options.has('quiet')) timeline.err('DONE\n');
    return timeline.end(0);
  }
}

function bitsOf({ modulus }: Certificate): number {
  return 8 * modulus.length - 8;
}

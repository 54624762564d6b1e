/** The verification of a chain of certificates, step by step as OpenSSL goes, with its numbers and words. (OpenSSL 3: crypto/x509/x509_vfy.c, x509_txt.c) */
import { isFor, isIssuedBy, isSame, isSelfIssued, type Certificate } from '#net/x509.ts';

/** OpenSSL's number and words for what is wrong with a chain. */
export interface Doubt {
  readonly code: number;
  readonly text: string;
}

const doubts = {
  notYet: { code: 9, text: 'certificate is not yet valid' },
  expired: { code: 10, text: 'certificate has expired' },
  selfSigned: { code: 18, text: 'self-signed certificate' },
  selfSignedAbove: { code: 19, text: 'self-signed certificate in certificate chain' },
  noIssuer: { code: 2, text: 'unable to get issuer certificate' },
  unknownIssuer: { code: 20, text: 'unable to get local issuer certificate' },
  unverifiedLeaf: { code: 21, text: 'unable to verify the first certificate' },
  otherHost: { code: 62, text: 'hostname mismatch' },
  otherAddress: { code: 64, text: 'IP address mismatch' },
} as const satisfies Readonly<Record<string, Doubt>>;

/** One call of the verification's callback: a doubt, which it may let pass, or a certificate that is done with. */
export interface Step {
  readonly depth: number;
  readonly certificate: Certificate;
  readonly doubt?: Doubt;
}

export interface Expectation {
  /** Names or addresses that the certificate must be for. */
  readonly host?: string;
  readonly address?: string;
  /** Any trusted certificate ends the chain, not only one that is its own issuer. */
  readonly partial?: boolean;
}

interface Built {
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly trusted: boolean;
}

/** From the server's certificate upwards, as far as issuers are known: the trusted ones first, then those that were sent (build_chain). */
function build(leaf: Certificate, sent: readonly Certificate[], authorities: readonly Certificate[], partial: boolean): Built {
  const chain: [Certificate, ...Certificate[]] = [leaf];
  for (;;) {
    const last = chain.at(-1)!;
    const trusted = authorities.some((one) => isSame(one, last));
    if (trusted && (partial || isSelfIssued(last))) return { chain, trusted };
    if (isSelfIssued(last)) return { chain, trusted: false };
    const issuer = [...authorities, ...sent].find((one) => isIssuedBy(last, one) && !chain.some((link) => isSame(link, one)));
    if (issuer === undefined) return { chain, trusted: false };
    chain.push(issuer);
  }
}

function buildDoubt({ chain }: Built, authorities: readonly Certificate[]): Doubt {
  const top = chain.at(-1)!;
  // Of a certificate that is trusted itself only the issuer is missing.
  if (!isSelfIssued(top)) return authorities.some((one) => isSame(one, top)) ? doubts.noIssuer : doubts.unknownIssuer;
  return chain.length === 1 ? doubts.selfSigned : doubts.selfSignedAbove;
}

function timeDoubt({ notBefore, notAfter }: Certificate, now: number): Doubt | undefined {
  return now < notBefore ? doubts.notYet : now > notAfter ? doubts.expired : undefined;
}

function nameDoubt(leaf: Certificate, { host, address }: Expectation): Doubt | undefined {
  if (host !== undefined && !isFor(leaf, host)) return doubts.otherHost;
  return address !== undefined && !isFor(leaf, address) ? doubts.otherAddress : undefined;
}

/**
 * The steps of a verification, the server's own certificate being the first of `sent`. Who reads on after a doubt lets it pass, as a callback
 * does that returns 1.
 */
export function* verification(
  sent: readonly Certificate[],
  authorities: readonly Certificate[],
  now: number,
  expected: Expectation = {},
): Generator<Step, void> {
  const [leaf, ...others] = sent;
  if (leaf === undefined) return;
  const built = build(leaf, others, authorities, expected.partial ?? false);
  const { chain } = built;
  const top = chain.length - 1;
  if (!built.trusted) yield { depth: top, certificate: chain[top]!, doubt: buildDoubt(built, authorities) };
  const named = nameDoubt(leaf, expected);
  if (named !== undefined) yield { depth: 0, certificate: leaf, doubt: named };
  let depth = top;
  if (!isSelfIssued(chain[top]!) && !built.trusted) {
    // Nobody can say who has signed the uppermost: it is left out, unless it is the only one.
    if (depth === 0) yield { depth, certificate: leaf, doubt: doubts.unverifiedLeaf };
    else depth--;
  }
  for (; depth >= 0; depth--) {
    const certificate = chain[depth]!;
    const doubt = timeDoubt(certificate, now);
    if (doubt !== undefined) yield { depth, certificate, doubt };
    yield { depth, certificate };
  }
}

/** The first thing that is wrong with a chain for somebody who trusts these authorities; undefined: nothing. */
export function doubtOf(
  chain: readonly Certificate[],
  authorities: readonly Certificate[],
  now: number,
  expected: Expectation = {},
): Doubt | undefined {
  if (chain.length === 0) return doubts.unknownIssuer;
  for (const { doubt } of verification(chain, authorities, now, expected)) if (doubt !== undefined) return doubt;
  return undefined;
}

/**
 * The forms that texts must have, and what the API server says of those that have not: each function gives the messages about a value,
 * none when it is well formed. (staging:apimachinery/pkg/util/validation/validation.go, pkg/api/validate/content)
 */
export { labelKeyProblems as qualifiedName, labelValueProblems as labelValue } from '#kube/label-syntax.ts';
import { parseCidr, parseIp, parsePrefixed, familyOf, contains, cidr, networkOf, type Cidr } from '#net/ip.ts';

function regexMessage(sentence: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((one) => `'${one}', `).join(' or ');
  return examples.length === 0
    ? `${sentence} (regex used for validation is '${pattern}')`
    : `${sentence} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

function matches(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(value);
}

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const dns1035Pattern = '[a-z]([-a-z0-9]*[a-z0-9])?';
const wildcardPattern = `\\*\\.${subdomainPattern}`;

const subdomainSentence =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const subdomainMessage = regexMessage(subdomainSentence, subdomainPattern, 'example.com');
const labelMessage = regexMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  labelPattern,
  'my-name',
  '123-abc',
);
const dns1035Message = regexMessage(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  dns1035Pattern,
  'my-name',
  'abc-123',
);
const wildcardMessage = regexMessage(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  wildcardPattern,
  '*.example.com',
);
const searchPattern = '[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?(\\.[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?)*';
const searchMessage = regexMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character or '_'",
  searchPattern,
  'example.com',
);

function longerThan(value: string, most: number): string[] {
  return value.length > most ? [`must be no more than ${most} characters`] : [];
}

/** Of names that are one label of a DNS name. */
export function dns1123Label(value: string): string[] {
  const messages = longerThan(value, 63);
  if (matches(labelPattern, value)) return messages;
  return [...messages, matches(subdomainPattern, value) ? 'must not contain dots' : labelMessage];
}

/** Of search domains, which may have underscores since 1.32 (IsDNS1123SubdomainWithUnderscore). */
export function searchDomain(value: string, minorVersion: number): string[] {
  if (minorVersion < 32) return dns1123Subdomain(value);
  return [...longerThan(value, 253), ...(matches(searchPattern, value) ? [] : [searchMessage])];
}

/** Of names that are a whole DNS name. */
export function dns1123Subdomain(value: string): string[] {
  return [...longerThan(value, 253), ...(matches(subdomainPattern, value) ? [] : [subdomainMessage])];
}

/** As a label, and beginning with a letter. */
export function dns1035Label(value: string): string[] {
  return [...longerThan(value, 63), ...(matches(dns1035Pattern, value) ? [] : [dns1035Message])];
}

export function wildcardDns1123Subdomain(value: string): string[] {
  return [...longerThan(value, 253), ...(matches(wildcardPattern, value) ? [] : [wildcardMessage])];
}

/** Of names of at least two labels, with or without a dot at the end (IsFullyQualifiedDomainName). */
export function fullyQualifiedDomainName(value: string): string[] {
  const name = value.endsWith('.') ? value.slice(0, -1) : value;
  const messages = dns1123Subdomain(name);
  if (messages.length > 0) return messages;
  const labels = name.split('.');
  return labels.length < 2 ? ['should be a domain with at least two segments separated by dots'] : labels.flatMap(dns1123Label);
}

/** Of names of container ports and of Service ports that are meant by name. */
export function portName(value: string): string[] {
  return [
    ...longerThan(value, 15),
    ...(/^[-a-z0-9]+$/.test(value) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
    ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(value.startsWith('-') || value.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ];
}

export function inclusiveRange(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export function portNumber(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : [inclusiveRange(1, 65535)];
}

/** Of user and group numbers. */
export function idNumber(value: number): string[] {
  return value >= 0 && value <= 2147483647 ? [] : [inclusiveRange(0, 2147483647)];
}

/** Of keys of ConfigMaps and Secrets, which become file names. */
export function configMapKey(value: string): string[] {
  const messages = longerThan(value, 253);
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    messages.push(
      regexMessage(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return [...messages, ...fileNameMessages(value)];
}

function fileNameMessages(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** Of names of environment variables; since 1.34 any printable ASCII but `=`. */
export function envVarName(value: string, minorVersion: number): string[] {
  if (minorVersion >= 34) {
    return /^[ -<>-~]+$/.test(value)
      ? []
      : [regexMessage("a valid environment variable name must consist only of printable ASCII characters other than '='", '^[ -<>-~]+$')];
  }
  const messages = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(value)
    ? []
    : [
        regexMessage(
          "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
          '[-._a-zA-Z][-._a-zA-Z0-9]*',
          'my.env-name',
          'MY_ENV.NAME',
          'MyEnvName1',
        ),
      ];
  return [...messages, ...fileNameMessages(value)];
}

export function httpHeaderName(value: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [regexMessage("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')];
}

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** Of paths below a domain, without what stands before them. */
export function domainPath(value: string): string[] {
  return matches(pathPattern, value) ? [] : [regexMessage('Invalid path', pathPattern)];
}

/** Of percentages: `25%`. */
export function percentage(value: string): string[] {
  return /^\d+%$/.test(value)
    ? []
    : [regexMessage("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')];
}

const ipMessage = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const cidrMessage = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** Dotted numbers that are an address but for zeros in front of them. */
function withoutLeadingZeros(text: string): string {
  return text.replace(/(^|\.)0+(?=\d)/g, '$1');
}

/** Whether IPs and CIDRs are judged strictly: since 1.36 for whatever is written anew (StrictIPCIDRValidation). */
function isStrict(minorVersion: number): boolean {
  return minorVersion >= 36;
}

/** Of addresses. */
export function ipAddress(value: string, minorVersion: number): string[] {
  if (parseIp(value) === undefined) {
    if (parseIp(withoutLeadingZeros(value)) === undefined || value.includes(':')) return [ipMessage];
    return isStrict(minorVersion) ? ['must not have leading 0s'] : [];
  }
  return isStrict(minorVersion) && isMapped(value) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

function isMapped(value: string): boolean {
  return value.includes(':') && !parseIp(value)!.includes(':');
}

/** Of ranges. */
export function cidrRange(value: string, minorVersion: number): string[] {
  const parsed = parsePrefixed(value);
  if (parsed === undefined) {
    if (value.includes(':') || parsePrefixed(withoutLeadingZeros(value)) === undefined) return [cidrMessage];
    return isStrict(minorVersion) ? ['must not have leading 0s'] : [];
  }
  if (!isStrict(minorVersion)) return [];
  return networkOf(parsed) === `${parsed.ip}/${parsed.length}` ? [] : ['must not have bits set beyond the prefix length'];
}

const loopback = [cidr('127.0.0.0/8'), cidr('::1/128')];
const linkLocal = [cidr('169.254.0.0/16'), cidr('fe80::/10')];
/** Go's IsLinkLocalMulticast; its message writes the second range wrongly, and so do we. */
const linkLocalMulticast = [cidr('224.0.0.0/24'), cidr('ff02::/16')];

/** Of addresses that must be reachable: not unspecified, loopback or link-local (ValidateNonSpecialIP). */
export function specialIp(value: string): string[] {
  const address = parseIp(withoutLeadingZeros(value));
  if (address === undefined) return ['must be a valid IP address'];
  const isIn = (ranges: readonly Cidr[]) => ranges.some((range) => contains(range, address));
  return [
    ...(address === '0.0.0.0' || address === '::' ? [`may not be unspecified (${value})`] : []),
    ...(isIn(loopback) ? ['may not be in the loopback range (127.0.0.0/8, ::1/128)'] : []),
    ...(isIn(linkLocal) ? ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'] : []),
    ...(isIn(linkLocalMulticast) ? ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'] : []),
  ];
}

/** What the API server warns of in an address that it takes (GetWarningsForIP). */
export function ipWarnings(field: string, value: string): string[] {
  const address = parseIp(value);
  if (address === undefined) {
    const meant = parseIp(withoutLeadingZeros(value));
    if (meant === undefined) return [];
    return [
      `${field}: non-standard IP address ${JSON.stringify(value)} will be considered invalid in a future Kubernetes release: use "${meant}"`,
    ];
  }
  if (isMapped(value)) {
    return [
      `${field}: non-standard IP address ${JSON.stringify(value)} will be considered invalid in a future Kubernetes release: use "${address}"`,
    ];
  }
  if (familyOf(address) === 'IPv6' && address !== value) {
    return [`${field}: IPv6 address ${JSON.stringify(value)} should be in RFC 5952 canonical format ("${address}")`];
  }
  return [];
}

/** What the API server warns of in a range that it takes (GetWarningsForCIDR). */
export function cidrWarnings(field: string, value: string): string[] {
  const parsed = parsePrefixed(value);
  if (parsed === undefined) return [];
  const canonical = parseCidr(value)!;
  if (canonical !== `${parsed.ip}/${parsed.length}`) {
    const host = `${parsed.ip}/${familyOf(parsed.ip) === 'IPv4' ? 32 : 128}`;
    return [`${field}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (should be "${canonical}" or "${host}"?)`];
  }
  if (familyOf(canonical) === 'IPv6' && canonical !== value) {
    return [`${field}: IPv6 CIDR value ${JSON.stringify(value)} should be in RFC 5952 canonical format ("${canonical}")`];
  }
  return [];
}

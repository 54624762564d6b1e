/** Rules of object names. (staging:apimachinery/pkg/api/validation/generic.go) */
import { dns1035Label, dns1123Label, dns1123Subdomain, ipAddress } from './formats.ts';
import type { NameRule } from './validator.ts';

/** A prefix may end in a hyphen, which the suffix follows (maskTrailingDash). */
function withSuffix(name: string, asPrefix: boolean): string {
  return asPrefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

export const nameIsSubdomain: NameRule = (name, asPrefix) => dns1123Subdomain(withSuffix(name, asPrefix));

export const nameIsLabel: NameRule = (name, asPrefix) => dns1123Label(withSuffix(name, asPrefix));

/** Services had to begin with a letter until 1.35 (RelaxedServiceNameValidation). */
export const serviceName: NameRule = (name, asPrefix, { minorVersion }) =>
  (minorVersion >= 36 ? dns1123Label : dns1035Label)(withSuffix(name, asPrefix));

/** Names that only must be usable in a URL: those of RBAC. */
export const pathSegment: NameRule = (name) => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((mark) => name.includes(mark)).map((mark) => `may not contain '${mark}'`);
};

/** IPAddress objects are called what they stand for. */
export const addressName: NameRule = (name, _asPrefix, { minorVersion }) => ipAddress(name, minorVersion);

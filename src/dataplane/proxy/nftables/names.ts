/** Names of chains and sets in nftables mode. (pkg/proxy/nftables/proxier.go) */
import type { Endpoint } from '../endpoint.ts';
import type { ServicePort } from '../service-port.ts';
import { base32Sha256 } from '#net/digest.ts';

/** What a prefix leaves of the 256 characters that nftables allows. */
const maxLength = 240;

function hashed(text: string): string {
  const name = `${base32Sha256([text], 8)}-${text}`;
  return name.length > maxLength ? `${name.slice(0, maxLength - 3)}...` : name;
}

function base({ namespace, name, protocol, port }: ServicePort): string {
  return `${namespace}/${name}/${protocol}/${port}`;
}

/** `WAZIFPOV-market/stall-open/tcp/` */
export function serviceName(port: ServicePort): string {
  return hashed(base(port));
}

/** `SYQLUIEH-market/stall-sticky/tcp/a__10.60.1.3/8081`; the colons of an address become dots. */
export function endpointName(port: ServicePort, endpoint: Endpoint): string {
  return hashed(`${base(port)}__${endpoint.ip.replaceAll(':', '.')}/${endpoint.port}`);
}

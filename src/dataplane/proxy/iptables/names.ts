/** Chain names of iptables mode. (pkg/proxy/iptables/proxier.go) */
import type { Endpoint } from '../endpoint.ts';
import type { ServicePort } from '../service-port.ts';
import { base32Sha256 } from '#net/digest.ts';

/** The sixteen letters that all chains of a service port share. */
export function serviceHash(port: ServicePort): string {
  return base32Sha256([port.text, port.protocol], 16);
}

export function endpointChain(port: ServicePort, endpoint: Endpoint): string {
  return base32Sha256([port.text, port.protocol, endpoint.text], 16, 'KUBE-SEP-');
}

/** Chains that belong to one service port; those that no service port has any more are removed. */
export const serviceChains = /^KUBE-(SVC|SVL|EXT|FW|SEP)-/;

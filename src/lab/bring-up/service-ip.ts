import { addIp, baseOf, cidr, type Ip } from '#net/ip.ts';

/** The tenth address of the (first) service range: kubeadm gives it to kube-dns. */
export function dnsServiceIp(serviceSubnet: string): Ip {
  return addIp(baseOf(cidr(serviceSubnet.split(',')[0]!)), 10);
}

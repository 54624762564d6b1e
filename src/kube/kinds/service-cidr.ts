import { defineKind, type ObjectOf } from '../kind.ts';
import { always, list, string, struct, type Infer } from '../schema.ts';
import { conditions } from './conditions.ts';

export const ServiceCIDRSpec = struct('ServiceCIDRSpec', 'the ranges', {
  cidrs: list(string(), 'ranges of Service addresses, one an address family'),
});
export type ServiceCIDRSpec = Infer<typeof ServiceCIDRSpec>;

export const ServiceCIDR = defineKind(
  'ServiceCIDR',
  'a range that cluster IPs are taken from',
  { spec: always(ServiceCIDRSpec), status: always(struct('ServiceCIDRStatus', 'whether the range is used', { conditions })) },
  { group: 'networking.k8s.io', namespaced: false, subresources: ['status'] },
);
export type ServiceCIDR = ObjectOf<typeof ServiceCIDR>;

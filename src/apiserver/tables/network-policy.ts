import type { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import { labelSelectorText } from '#kube/selector.ts';
import { age, ageColumn, column, definePrinter, nameColumn } from './table.ts';

/** pkg/printers/internalversion/printers.go: printNetworkPolicy */
export const networkPolicyPrinter = definePrinter<NetworkPolicy>(
  [nameColumn, column('Pod-Selector', 'the pods it is about'), ageColumn],
  (policy, moment) => [policy.metadata.name, labelSelectorText(policy.spec.podSelector), age(policy, moment)],
);

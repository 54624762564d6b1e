/** The admission plugins that are on unless somebody turns them off, in the order in which they run. (pkg/kubeapiserver/options/plugins.go) */
import type { Plugin } from '../plugin.ts';
import {
  defaultIngressClass,
  defaultStorageClass,
  defaultTolerationSeconds,
  priority,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from './defaults.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podSecurity } from './pod-security.ts';
import { serviceAccount } from './service-account.ts';

/** Quotas stand apart: they come last, after the webhooks. */
export const plugins: readonly Plugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  defaultIngressClass,
];

/** Kinds that show objects stored as another kind: the same resource in another group or version. */
import { apiVersionOf, type Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { Event, eventOf, EventsEvent, eventsEventOf } from './event.ts';
import { autoscalerOf, autoscalerV1Of, HorizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { IngressClass } from './ingress-class.ts';
import {
  ExtensionsIngress,
  IngressClassV1beta1,
  ingressClassOf,
  ingressOf,
  IngressV1beta1,
  oldIngressClassOf,
  oldIngressOf,
} from './ingress-v1beta1.ts';
import { Ingress } from './ingress.ts';

export interface View {
  readonly kind: Kind;
  readonly stored: Kind;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
  /** The first minor version of Kubernetes 1.x that does not serve it any more. */
  readonly gone?: number;
}

function view<V extends KubeObject, S extends KubeObject>(
  kind: Kind<V>,
  stored: Kind<S>,
  toStored: (object: V) => S,
  fromStored: (object: S) => V,
  gone?: number,
): View {
  return {
    kind,
    stored,
    toStored: toStored as View['toStored'],
    fromStored: fromStored as View['fromStored'],
    ...(gone !== undefined && { gone }),
  };
}

export const views: readonly View[] = [
  view(EventsEvent, Event, eventOf, eventsEventOf),
  view(HorizontalPodAutoscalerV1, HorizontalPodAutoscaler, autoscalerOf, autoscalerV1Of),
  view(IngressV1beta1, Ingress, ingressOf, oldIngressOf('networking.k8s.io/v1beta1'), 22),
  view(ExtensionsIngress, Ingress, ingressOf, oldIngressOf('extensions/v1beta1'), 22),
  view(IngressClassV1beta1, IngressClass, ingressClassOf, oldIngressClassOf, 22),
];

/** An object as it is stored: one of another version becomes one of the stored kind, where the cluster's version serves both. */
export function storedForm<T extends { readonly apiVersion: string; readonly kind: string }>(object: T, minorVersion: number): T {
  const found = views.find(
    ({ kind, gone = Infinity }) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion && minorVersion < gone,
  );
  return found === undefined ? object : (found.toStored(object as unknown as KubeObject) as unknown as T);
}

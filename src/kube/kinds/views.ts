/** Kinds that show objects stored as another kind: the same resource in another group or version. */
import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { Event, eventOf, EventsEvent, eventsEventOf } from './event.ts';
import { autoscalerOf, autoscalerV1Of, HorizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

export interface View {
  readonly kind: Kind;
  readonly stored: Kind;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

function view<V extends KubeObject, S extends KubeObject>(
  kind: Kind<V>,
  stored: Kind<S>,
  toStored: (object: V) => S,
  fromStored: (object: S) => V,
): View {
  return { kind, stored, toStored: toStored as View['toStored'], fromStored: fromStored as View['fromStored'] };
}

export const views: readonly View[] = [
  view(EventsEvent, Event, eventOf, eventsEventOf),
  view(HorizontalPodAutoscalerV1, HorizontalPodAutoscaler, autoscalerOf, autoscalerV1Of),
];

/** A namespace's bounds of containers, pods and claims. (plugin/pkg/admission/limitranger/admission.go) */
import type { Container } from '#kube/kinds/container.ts';
import { LimitRange, type LimitRangeItem } from '#kube/kinds/limit-range.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { type Pod } from '#kube/kinds/pod.ts';
import { resourceOf } from '#kube/kind.ts';
import { addQuantities, parseQuantity, quantityText } from '#kube/quantity.ts';
import { forbidden, ok } from '#kube/status.ts';
import type { Infer } from '#kube/schema.ts';
import { compareAmounts, type ResourceList } from '../../validate/resources.ts';
import type { Plugin } from '../plugin.ts';
import type { Review } from '../context.ts';
import { isPod } from './pods.ts';

type Item = Infer<typeof LimitRangeItem>;
type Resources = Container['resources'];

export const limitRanger: Plugin = {
  name: 'LimitRanger',
  mutate(review) {
    const { object, operation } = review;
    if (operation !== 'CREATE' || !isPod(review)) return ok(object);
    return ok(itemsOf(review).reduce(withDefaults, object as Pod));
  },
  validate(review) {
    const { object, kind, operation } = review;
    if (operation !== 'CREATE') return undefined;
    const items = itemsOf(review);
    const problems = isPod(review)
      ? items.flatMap((item) => podProblems(item, object as Pod))
      : resourceOf(kind) === resourceOf(PersistentVolumeClaim)
        ? items
            .filter((item) => item.type === 'PersistentVolumeClaim')
            .flatMap((item) => claimProblems(item, object as PersistentVolumeClaim))
        : [];
    const texts = [...new Set(problems)];
    if (texts.length === 0) return undefined;
    return forbidden(kind, object.metadata.name, texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
  },
};

function itemsOf({ objects, object }: Review): Item[] {
  return objects.list(LimitRange, object.metadata.namespace ?? '').flatMap(({ spec }) => spec.limits ?? []);
}

/** Requests and limits for the containers that say none, noted in an annotation. */
function withDefaults(pod: Pod, item: Item): Pod {
  if (item.type !== 'Container') return pod;
  const notes: string[] = [];
  const complete = (containers: readonly Container[], word: string) =>
    containers.map((container): Container => {
      const { requests = {}, limits = {} } = container.resources;
      const requestNames = missing(item.defaultRequest ?? {}, requests);
      const limitNames = missing(item.default ?? {}, limits);
      if (requestNames.length > 0) notes.push(`${requestNames.join(', ')} request for ${word} ${container.name}`);
      if (limitNames.length > 0) notes.push(`${limitNames.join(', ')} limit for ${word} ${container.name}`);
      const resources: Resources = {
        ...container.resources,
        ...merged('requests', requests, item.defaultRequest ?? {}, requestNames),
        ...merged('limits', limits, item.default ?? {}, limitNames),
      };
      return { ...container, resources };
    });
  const spec = {
    ...pod.spec,
    containers: complete(pod.spec.containers, 'container'),
    ...(pod.spec.initContainers !== undefined && { initContainers: complete(pod.spec.initContainers, 'init container') }),
  };
  if (notes.length === 0) return pod;
  const note = { 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}` };
  return { ...pod, spec, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...note } } };
}

function missing(defaults: ResourceList, given: ResourceList): string[] {
  return Object.keys(defaults)
    .filter((name) => given[name] === undefined)
    .sort();
}

function merged(field: 'requests' | 'limits', given: ResourceList, defaults: ResourceList, names: readonly string[]): Partial<Resources> {
  return names.length === 0 ? {} : { [field]: { ...given, ...Object.fromEntries(names.map((name) => [name, defaults[name]!])) } };
}

function podProblems(item: Item, pod: Pod): string[] {
  const { containers, initContainers = [] } = pod.spec;
  if (item.type === 'Container') {
    return [...containers, ...initContainers].flatMap(({ resources }) => problems(item, resources.requests ?? {}, resources.limits ?? {}));
  }
  if (item.type !== 'Pod') return [];
  const sum = (field: 'requests' | 'limits') => containers.map(({ resources }) => resources[field] ?? {}).reduce(added, {});
  return problems(item, sum('requests'), sum('limits'));
}

function added(a: ResourceList, b: ResourceList): ResourceList {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const amount = (list: ResourceList, name: string) => parseQuantity(String(list[name] ?? '0'))!;
  return Object.fromEntries(names.map((name) => [name, quantityText(addQuantities(amount(a, name), amount(b, name)))]));
}

function problems({ type, min = {}, max = {}, maxLimitRequestRatio = {} }: Item, requests: ResourceList, limits: ResourceList): string[] {
  return [
    ...Object.keys(min).flatMap((name) => belowProblems(type, name, min[name]!, requests[name], limits[name])),
    ...Object.keys(max).flatMap((name) => aboveProblems(type, name, max[name]!, requests[name], limits[name])),
    ...Object.keys(maxLimitRequestRatio).flatMap((name) =>
      ratioProblems(type, name, maxLimitRequestRatio[name]!, requests[name], limits[name]),
    ),
  ];
}

type Amount = string | number;

function belowProblems(type: string, name: string, least: Amount, request: Amount | undefined, limit: Amount | undefined): string[] {
  const text = `minimum ${name} usage per ${type} is ${least}`;
  if (request === undefined) return [`${text}.  No request is specified`];
  if (compareAmounts(request, least) < 0) return [`${text}, but request is ${request}`];
  return limit !== undefined && compareAmounts(limit, least) < 0 ? [`${text}, but limit is ${limit}`] : [];
}

function aboveProblems(type: string, name: string, most: Amount, request: Amount | undefined, limit: Amount | undefined): string[] {
  const text = `maximum ${name} usage per ${type} is ${most}`;
  if (limit === undefined) return [`${text}.  No limit is specified`];
  if (compareAmounts(limit, most) > 0) return [`${text}, but limit is ${limit}`];
  return request !== undefined && compareAmounts(request, most) > 0 ? [`${text}, but request is ${request}`] : [];
}

function ratioProblems(type: string, name: string, most: Amount, request: Amount | undefined, limit: Amount | undefined): string[] {
  const value = (amount: Amount | undefined) => Number(parseQuantity(String(amount ?? '0'))?.nanos ?? 0n);
  const text = `${name} max limit to request ratio per ${type} is ${most}`;
  if (value(request) === 0) return [`${text}, but no request is specified or request is 0`];
  if (value(limit) === 0) return [`${text}, but no limit is specified or limit is 0`];
  const ratio = value(limit) / value(request);
  return ratio > value(most) / 1e9 ? [`${text}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}

function claimProblems({ min = {}, max = {} }: Item, claim: PersistentVolumeClaim): string[] {
  const requests = claim.spec.resources.requests ?? {};
  const below = Object.keys(min).flatMap((name) => belowProblems('PersistentVolumeClaim', name, min[name]!, requests[name], undefined));
  // What a claim asks for is at once what it gets.
  const above = Object.keys(max).flatMap((name) =>
    aboveProblems('PersistentVolumeClaim', name, max[name]!, undefined, requests[name]).map((text) =>
      text.replace('but limit is', 'but request is'),
    ),
  );
  return [...below, ...above];
}

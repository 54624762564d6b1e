/** What an HTTPRoute must look like. (gateway-api config/crd/standard, HTTPRoute; apis/v1/httproute_types.go) */
import type { HTTPBackendRef, HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule } from '#kube/kinds/gateway/http-route.ts';
import {
  backendReference,
  duration,
  hostnames,
  localReference,
  parentRefs,
  portNumber,
  preciseHostname,
  sectionName,
} from './gateway-references.ts';
import type { Constraints, Rule } from './structural.ts';

const headerName: Constraints = { type: 'string', minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" };
const headerValue: Constraints = { type: 'string', minLength: 1, maxLength: 4096 };

const header: Constraints = { type: 'object', required: ['name', 'value'], properties: { name: headerName, value: headerValue } };
const headers: Constraints = {
  type: 'array',
  maxItems: 16,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: header,
};

const headerFilter: Constraints = {
  type: 'object',
  properties: {
    set: headers,
    add: headers,
    remove: { type: 'array', maxItems: 16, 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  },
};

interface PathModifier {
  readonly type?: string;
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}

function modifierRules(type: string, field: 'replaceFullPath' | 'replacePrefixMatch'): Rule[] {
  return [
    {
      message: `${field} must be specified when type is set to '${type}'`,
      holds: (modifier: PathModifier) => modifier.type !== type || modifier[field] !== undefined,
    },
    {
      message: `type must be '${type}' when ${field} is set`,
      holds: (modifier: PathModifier) => modifier[field] === undefined || modifier.type === type,
    },
  ];
}

const pathModifier: Constraints = {
  type: 'object',
  required: ['type'],
  properties: {
    type: { type: 'string', enum: ['ReplaceFullPath', 'ReplacePrefixMatch'] },
    replaceFullPath: { type: 'string', maxLength: 1024 },
    replacePrefixMatch: { type: 'string', maxLength: 1024 },
  },
  rules: [...modifierRules('ReplaceFullPath', 'replaceFullPath'), ...modifierRules('ReplacePrefixMatch', 'replacePrefixMatch')],
};

/** Which field belongs to which type of filter. */
const filterFields: readonly (readonly [type: string, field: keyof HTTPRouteFilter])[] = [
  ['RequestHeaderModifier', 'requestHeaderModifier'],
  ['ResponseHeaderModifier', 'responseHeaderModifier'],
  ['RequestMirror', 'requestMirror'],
  ['RequestRedirect', 'requestRedirect'],
  ['URLRewrite', 'urlRewrite'],
  ['ExtensionRef', 'extensionRef'],
];

function filterRules(type: string, field: keyof HTTPRouteFilter): Rule[] {
  return [
    {
      message: `filter.${field} must be nil if the filter.type is not ${type}`,
      holds: (filter: HTTPRouteFilter) => filter[field] === undefined || filter.type === type,
    },
    {
      message: `filter.${field} must be specified for ${type} filter.type`,
      holds: (filter: HTTPRouteFilter) => filter[field] !== undefined || filter.type !== type,
    },
  ];
}

function occursOnce(type: string): Rule {
  return {
    message: `${type} filter cannot be repeated`,
    holds: (filters: readonly HTTPRouteFilter[]) => filters.filter((one) => one.type === type).length <= 1,
  };
}

const redirectAndRewrite = (filters: readonly HTTPRouteFilter[]) =>
  !(filters.some((one) => one.type === 'RequestRedirect') && filters.some((one) => one.type === 'URLRewrite'));

const filters: Constraints = {
  type: 'array',
  maxItems: 16,
  items: {
    type: 'object',
    required: ['type'],
    properties: {
      type: { type: 'string', enum: filterFields.map(([type]) => type).sort() },
      requestHeaderModifier: headerFilter,
      responseHeaderModifier: headerFilter,
      requestMirror: {
        type: 'object',
        required: ['backendRef'],
        properties: { backendRef: backendReference, percent: { type: 'integer', minimum: 0, maximum: 100 } },
      },
      requestRedirect: {
        type: 'object',
        properties: {
          scheme: { type: 'string', enum: ['http', 'https'] },
          hostname: preciseHostname,
          path: pathModifier,
          port: portNumber,
          statusCode: { type: 'integer', enum: [301, 302] },
        },
      },
      urlRewrite: { type: 'object', properties: { hostname: preciseHostname, path: pathModifier } },
      extensionRef: localReference,
    },
    rules: filterFields.flatMap(([type, field]) => filterRules(type, field)),
  },
  rules: [
    {
      message: 'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
      holds: redirectAndRewrite,
    },
    occursOnce('RequestHeaderModifier'),
    occursOnce('ResponseHeaderModifier'),
    occursOnce('RequestRedirect'),
    occursOnce('URLRewrite'),
  ],
};

interface PathMatch {
  readonly type?: string;
  readonly value?: string;
}

/** Rules of paths that are compared as paths. */
function ofPaths(message: string, holds: (value: string) => boolean): Rule {
  return {
    message,
    holds: ({ type = 'PathPrefix', value = '/' }: PathMatch) => type === 'RegularExpression' || holds(value),
  };
}

const ofTypes = "when type one of ['Exact', 'PathPrefix']";
const pathMatch: Constraints = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ['Exact', 'PathPrefix', 'RegularExpression'] },
    value: { type: 'string', maxLength: 1024 },
  },
  rules: [
    ofPaths(`value must be an absolute path and start with '/' ${ofTypes}`, (value) => value.startsWith('/')),
    ...['//', '/./', '/../', '%2f', '%2F', '#'].map((part) =>
      ofPaths(`must not contain '${part}' ${ofTypes}`, (value) => !value.includes(part)),
    ),
    ...['/..', '/.'].map((end) => ofPaths(`must not end with '${end}' ${ofTypes}`, (value) => !value.endsWith(end))),
    ofPaths(
      "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
      (value) => /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/.test(value),
    ),
  ],
};

const named: Constraints = {
  type: 'object',
  required: ['name', 'value'],
  properties: { type: { type: 'string', enum: ['Exact', 'RegularExpression'] }, name: headerName, value: headerValue },
};
const conditions: Constraints = {
  type: 'array',
  maxItems: 16,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: named,
};

const matches: Constraints = {
  type: 'array',
  maxItems: 64,
  items: {
    type: 'object',
    properties: {
      path: pathMatch,
      headers: conditions,
      queryParams: conditions,
      method: { type: 'string', enum: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] },
    },
  },
};

/** A prefix can be replaced only where there is exactly one. */
function hasOnePrefix(found: readonly HTTPRouteMatch[] | undefined): boolean {
  return found?.length === 1 && (found[0]!.path?.type ?? 'PathPrefix') === 'PathPrefix';
}

function replacesPrefix(list: readonly HTTPRouteFilter[] | undefined, type: string): boolean {
  return (list ?? []).some((one) => {
    const { path } = (type === 'URLRewrite' ? one.urlRewrite : one.requestRedirect) ?? {};
    return one.type === type && path?.type === 'ReplacePrefixMatch' && path.replacePrefixMatch !== undefined;
  });
}

const needsOnePrefix = 'filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified';

function ofFilters(type: string): Rule {
  return {
    message: `When using ${type} ${needsOnePrefix}`,
    holds: (rule: HTTPRouteRule) => !replacesPrefix(rule.filters, type) || hasOnePrefix(rule.matches),
  };
}

function ofBackendFilters(type: string, when: string): Rule {
  return {
    message: `Within backendRefs, ${when} using ${type} ${needsOnePrefix}`,
    holds: (rule: HTTPRouteRule) =>
      !(rule.backendRefs ?? []).some((backend: HTTPBackendRef) => replacesPrefix(backend.filters, type)) || hasOnePrefix(rule.matches),
  };
}

const milliseconds: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function durationOf(text: string): number {
  return [...text.matchAll(/(\d+)(ms|h|m|s)/g)].reduce((sum, [, size, unit]) => sum + Number(size) * milliseconds[unit!]!, 0);
}

const timeouts: Constraints = {
  type: 'object',
  properties: { request: duration, backendRequest: duration },
  rules: [
    {
      message: 'backendRequest timeout cannot be longer than request timeout',
      holds: ({ request, backendRequest }: { readonly request?: string; readonly backendRequest?: string }) =>
        request === undefined ||
        backendRequest === undefined ||
        durationOf(request) === 0 ||
        durationOf(backendRequest) <= durationOf(request),
    },
  ],
};

const backendRefs: Constraints = {
  type: 'array',
  maxItems: 16,
  items: {
    ...backendReference,
    properties: { ...backendReference.properties, weight: { type: 'integer', minimum: 0, maximum: 1_000_000 }, filters },
  },
};

export const httpRouteConstraints: Constraints = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      properties: {
        parentRefs,
        hostnames,
        rules: {
          type: 'array',
          maxItems: 16,
          items: {
            type: 'object',
            properties: { name: sectionName, matches, filters, backendRefs, timeouts },
            rules: [
              {
                message: 'RequestRedirect filter must not be used together with backendRefs',
                holds: (rule: HTTPRouteRule) =>
                  (rule.backendRefs ?? []).length === 0 || !(rule.filters ?? []).some((one) => one.requestRedirect !== undefined),
              },
              ofFilters('RequestRedirect'),
              ofFilters('URLRewrite'),
              ofBackendFilters('RequestRedirect', 'when'),
              ofBackendFilters('URLRewrite', 'When'),
            ],
          },
          rules: [
            {
              message:
                'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
              holds: (rules: readonly HTTPRouteRule[]) => rules.reduce((sum, one) => sum + (one.matches ?? []).length, 0) <= 128,
            },
          ],
        },
      },
    },
  },
};

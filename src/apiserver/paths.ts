/** What is no resource: health, version, the API's description. */
import { builtInKinds } from '#kube/kinds/index.ts';
import type { Kind } from '#kube/kind.ts';
import { documentPath, openApiDocument, openApiIndex } from '#kube/openapi.ts';
import { kubernetesVersionOf } from '#kube/settings.ts';
import type { Lab } from '#lab/lab.ts';
import { openApiV2Document } from '#kube/openapi-v2.ts';
import { healthText } from './health.ts';
import { acceptedBy } from './media-type.ts';
import { encodeOpenApiV2, openApiV2Type } from './protobuf/openapi-v2.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { servedGroups } from './resources.ts';
import { json, methodNotAllowed, pathNotFound, refusal, text } from './response.ts';

/** Serves a path outside `/api` and `/apis`. */
export function servePath(lab: Lab, request: ApiRequest): ApiResponse {
  const path = request.path.replace(/(.)\/$/, '$1');
  const health = healthText(path, request.query);
  if (health !== undefined) return request.method === 'GET' ? text(health.code, health.text) : refusal(methodNotAllowed);
  if (request.method !== 'GET') return refusal(pathNotFound);
  if (path === '/openapi/v3') return json(200, openApiIndex(servedKinds(lab)));
  if (path === '/openapi/v2') return openApiV2(lab, request);
  if (path.startsWith('/openapi/v3/')) return openApi(lab, path.slice('/openapi/v3/'.length));
  if (path === '/version') return json(200, versionInfo(lab));
  if (path === '/')
    return json(200, { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] });
  return refusal(pathNotFound);
}

function servedKinds(lab: Lab): readonly Kind[] {
  return servedGroups(lab.snapshot.cluster).flatMap(({ versions }) =>
    versions.flatMap(({ resources }) => resources.map(({ kind }) => kind)),
  );
}

const core = builtInKinds.filter(({ group }) => group === '');

/** The document of one group and version. */
function openApi(lab: Lab, wanted: string): ApiResponse {
  const kinds = servedKinds(lab).filter((kind) => documentPath(kind) === wanted);
  return kinds.length === 0 ? refusal(pathNotFound) : json(200, documentOf(kinds, wanted, versionOf(lab)));
}

/** What a version is built with is described once; definitions of custom resources come and go. */
const described = new Map<string, ReturnType<typeof openApiDocument>>();

function documentOf(kinds: readonly Kind[], path: string, version: string): ReturnType<typeof openApiDocument> {
  if (kinds.some(({ custom }) => custom === true)) return openApiDocument(kinds, core, version);
  const key = `${version} ${path}`;
  let document = described.get(key);
  if (document === undefined) described.set(key, (document = openApiDocument(kinds, core, version)));
  return document;
}

/** The document of all of them, in protobuf for those who ask for that. */
function openApiV2(lab: Lab, request: ApiRequest): ApiResponse {
  const kinds = servedKinds(lab);
  const version = versionOf(lab);
  const documents = [...new Set(kinds.map(documentPath))].map((path) =>
    documentOf(
      kinds.filter((kind) => documentPath(kind) === path),
      path,
      version,
    ),
  );
  const document = openApiV2Document(documents, version);
  const wantsProtobuf = acceptedBy(request).some(({ type }) => type.startsWith('application/com.github.proto-openapi.spec.v2'));
  return wantsProtobuf ? { code: 200, body: encodeOpenApiV2(document), contentType: openApiV2Type, warnings: [] } : json(200, document);
}

/** `v1.36.2` */
function versionOf(lab: Lab): string {
  return kubernetesVersionOf(lab.snapshot.cluster) ?? defaultVersion;
}

const defaultVersion = 'v1.36.2';

/** `version.Info`: what the release was built from is not known here, and left empty. */
function versionInfo(lab: Lab): unknown {
  const gitVersion = versionOf(lab);
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    ...(Number(minor) >= 33 && {
      emulationMajor: major,
      emulationMinor: minor,
      minCompatibilityMajor: major,
      minCompatibilityMinor: String(Number(minor) - 1),
    }),
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '',
    goVersion: '',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

/** What is no resource: health, version, the API's description. */
import { kubernetesVersionOf } from '#kube/settings.ts';
import type { Lab } from '#lab/lab.ts';
import { healthText } from './health.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { json, methodNotAllowed, pathNotFound, refusal, text } from './response.ts';

/** Serves a path outside `/api` and `/apis`. */
export function servePath(lab: Lab, request: ApiRequest): ApiResponse {
  const path = request.path.replace(/(.)\/$/, '$1');
  const health = healthText(path, request.query);
  if (health !== undefined) return request.method === 'GET' ? text(health.code, health.text) : refusal(methodNotAllowed);
  if (path === '/version') return json(200, versionOf(lab));
  if (path === '/') return json(200, { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] });
  return refusal(pathNotFound);
}

/** `version.Info`: what the release was built from is not known here, and left empty. */
function versionOf(lab: Lab): unknown {
  const gitVersion = kubernetesVersionOf(lab.snapshot.cluster) ?? 'v1.36.2';
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '',
    goVersion: '',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

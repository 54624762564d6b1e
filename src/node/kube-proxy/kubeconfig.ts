/** What kube-proxy says of the kubeconfig it is given. (cmd/kube-proxy/app/server.go, createClient; client-go/tools/clientcmd) */
import { load } from 'js-yaml';
import { yamlErrorText } from './yaml-error.ts';

const metaType = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context?: { readonly cluster?: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster?: { readonly server?: string } }[];
}

/** The error of reading it; undefined when a client can be made of it. */
export function kubeconfigError(path: string, text: string | undefined): string | undefined {
  if (text === undefined) return `stat ${path}: no such file or directory`;
  let parsed: unknown;
  try {
    parsed = text.trim() === '' ? undefined : load(text);
  } catch (error) {
    return `error loading config file "${path}": ${yamlErrorText(error)}`;
  }
  if (parsed === undefined || parsed === null) {
    return 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable';
  }
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    const type = Array.isArray(parsed) ? 'array' : typeof parsed;
    return `error loading config file "${path}": couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type ${metaType}`;
  }
  return contextError(parsed as Kubeconfig);
}

/** The API server that a sound kubeconfig names: `https://172.30.1.2:6443`. */
export function serverOf(text: string): string | undefined {
  const { 'current-context': current, contexts = [], clusters = [] } = load(text) as Kubeconfig;
  const context = contexts.find((one) => one.name === current);
  return clusters.find((one) => one.name === context?.context?.cluster)?.cluster?.server;
}

function contextError({ 'current-context': current = '', contexts = [], clusters = [] }: Kubeconfig): string | undefined {
  if (contexts.length === 0 && clusters.length === 0) {
    return 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable';
  }
  const problems: string[] = [];
  const context = contexts.find((one) => one.name === current);
  if (current !== '' && context === undefined) problems.push(`context was not found for specified context: ${current}`);
  const server = clusters.find((one) => one.name === context?.context?.cluster)?.cluster?.server ?? '';
  if (server === '') problems.push('cluster has no server defined');
  if (problems.length === 0) return undefined;
  return `invalid configuration: ${problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`}`;
}

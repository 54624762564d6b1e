import type { KubeObject } from '#kube/object.ts';
import { parseApiVersion } from '../discovery.ts';
import type { Printer } from './printer.ts';

/** `deployment.apps/web created`, or the name alone (staging:cli-runtime/pkg/printers/name.go). */
export function namePrinter(operation: string, short: boolean): Printer {
  const print: Printer['print'] = (object, out) => {
    const { items } = object as { readonly items?: readonly KubeObject[] };
    if (Array.isArray(items) && object.kind.endsWith('List')) {
      for (const item of items) print(item, out);
      return;
    }
    const name = nameOf(object);
    out(short || operation === '' ? `${name}\n` : `${name} ${operation}\n`);
  };
  return { print };
}

/** `deployment.apps/web` */
export function nameOf({ apiVersion, kind, metadata }: KubeObject): string {
  return `${groupKind(apiVersion, kind)}/${metadata?.name || '<unknown>'}`;
}

/** `deployment.apps`, `service` */
export function groupKind(apiVersion: string, kind: string): string {
  const { group } = parseApiVersion(apiVersion);
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

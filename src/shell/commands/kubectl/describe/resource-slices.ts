import type { KubeObject } from '#kube/object.ts';
import { unlessRefused, type Context } from './context.ts';
import { heading, indented, type Lines } from './lines.ts';

interface ResourceSlice extends KubeObject {
  readonly spec: { readonly driver: string; readonly pool: { readonly name: string }; readonly devices?: readonly unknown[] };
}

const most = 10;

/** The devices that ResourceSlices list for one node only, a pool a line; no line without the API (kubectl: describeNodeResourceSlices). */
export function resourceSliceLines(node: string, context: Context): Lines {
  const pools = new Map<string, { readonly driver: string; readonly pool: string; slices: number; devices: number }>();
  for (const { spec } of slicesOf(node, context)) {
    const key = `${spec.driver}/${spec.pool.name}`;
    const pool = pools.get(key) ?? { driver: spec.driver, pool: spec.pool.name, slices: 0, devices: 0 };
    pools.set(key, { ...pool, slices: pool.slices + 1, devices: pool.devices + (spec.devices?.length ?? 0) });
  }
  if (pools.size === 0) return [];
  const keys = [...pools.keys()].sort();
  const rows = keys.slice(0, most).map((key) => {
    const { driver, pool, slices, devices } = pools.get(key)!;
    return `${driver}\t${pool}\t${slices}\t${devices}`;
  });
  const more = keys.length > most ? [`...and ${keys.length - most} more pools`] : [];
  return ['Node-Local ResourceSlices:', ...indented(1, [...heading('Driver', 'Pool', 'Slices', 'Devices'), ...rows, ...more])];
}

function slicesOf(node: string, context: Context): readonly ResourceSlice[] {
  const fieldSelector = `spec.nodeName=${node}`;
  return unlessRefused([], () => context.list<ResourceSlice>('resource.k8s.io/v1', 'ResourceSlice', '', { fieldSelector }));
}

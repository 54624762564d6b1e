/** types.NetConf: what every plugin's configuration begins with. */
import { goBool, goMap, goRaw, goString, goStruct, type GoFields } from '../go-json.ts';
import { goDns } from '../result.ts';

export const netConfFields = {
  cniVersion: goString,
  name: goString,
  type: goString,
  capabilities: goMap(goBool),
  ipam: goStruct('types.IPAM', { type: goString }),
  dns: goDns,
  prevResult: goMap(goRaw, 'map[string]interface {}'),
} as const;

const embedded = Object.fromEntries(Object.keys(netConfFields).map((field) => [field, 'NetConf']));

/** A plugin's own configuration type, with types.NetConf embedded in it. */
export function netConf<const Own extends GoFields>(own: Own, name = 'main.NetConf') {
  const mine = Object.keys(own);
  const within = Object.fromEntries(Object.entries(embedded).filter(([field]) => !mine.includes(field)));
  return goStruct(name, { ...netConfFields, ...own }, within);
}

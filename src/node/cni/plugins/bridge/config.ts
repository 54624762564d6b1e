/** bridge's configuration (plugins/main/bridge/bridge.go, loadNetConf). */
import { fail, ok, type Result } from '#kube/status.ts';
import { goBool, goInt, goSlice, goString, goStruct, unmarshal, type GoInfer } from '../../go-json.ts';
import { atLeast, hasFullPaths } from '../../versions.ts';
import { anyText, loadArgs } from '../cni-args.ts';
import { netConf } from '../net-conf.ts';

const runtimeConfig = goStruct('struct { Mac string "json:\\"mac,omitempty\\"" }', { mac: goString });

const goNetConf = netConf({
  bridge: goString,
  isGateway: goBool,
  isDefaultGateway: goBool,
  forceAddress: goBool,
  ipMasq: goBool,
  mtu: goInt(),
  hairpinMode: goBool,
  promiscMode: goBool,
  vlan: goInt(),
  vlanTrunk: goSlice(goStruct('main.VlanTrunk', { minID: goInt(), maxID: goInt(), id: goInt() }), undefined, '[]*main.VlanTrunk'),
  args: goStruct('struct { Cni main.BridgeArgs "json:\\"cni,omitempty\\"" }', { cni: goStruct('main.BridgeArgs', { mac: goString }) }),
  runtimeConfig,
});

export type BridgeConfig = GoInfer<typeof goNetConf> & { readonly bridge: string; readonly mac: string; readonly tagged: boolean };

export function loadBridgeConfig(stdin: string, args: string, version: string): Result<BridgeConfig, string> {
  const decoded = unmarshal(stdin, goNetConf, hasFullPaths(version));
  if (!decoded.ok) return fail(`failed to load netconf: ${decoded.error}`);
  const config = decoded.value ?? {};
  const vlan = config.vlan ?? 0;
  if (vlan < 0 || vlan > 4094) return fail(`invalid VLAN ID ${vlan} (must be between 0 and 4094)`);
  const trunk = atLeast(version, '1.4.0') ? (config.vlanTrunk ?? []) : [];
  for (const { minID, maxID, id } of trunk) {
    const outside = (value: number) => value <= 0 || value > 4094;
    if (minID !== undefined && maxID !== undefined) {
      if (outside(minID)) return fail('incorrect trunk minID parameter');
      if (outside(maxID)) return fail('incorrect trunk maxID parameter');
      if (maxID < minID) return fail('minID is greater than maxID in trunk parameter');
    } else if (minID !== undefined || maxID !== undefined)
      return fail(`minID and maxID should be configured simultaneously, ${minID === undefined ? 'minID' : 'maxID'} is missing`);
    if (id !== undefined && outside(id)) return fail('incorrect trunk id parameter');
  }
  if (vlan > 0 && trunk.length > 0) return fail('cannot set vlan and vlanTrunk at the same time');
  const env = loadArgs(args, { MAC: anyText });
  if (!env.ok) return env;
  const given = [config.runtimeConfig?.mac, config.args?.cni?.mac, env.value.get('MAC')].find((one) => one !== undefined && one !== '');
  return ok({ ...config, bridge: config.bridge ?? 'cni0', mac: given ?? '', tagged: vlan > 0 || trunk.length > 0 });
}

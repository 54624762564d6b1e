/** The programs that a node's bin dir may hold. */
import type { Plugin } from '../plugin.ts';
import { bandwidth } from './bandwidth/bandwidth.ts';
import { bridge } from './bridge/bridge.ts';
import { calicoIpam } from './calico-ipam/calico-ipam.ts';
import { calico } from './calico/calico.ts';
import { ciliumCni } from './cilium-cni/cilium-cni.ts';
import { dhcp } from './dhcp/dhcp.ts';
import { firewall } from './firewall/firewall.ts';
import { flannel } from './flannel/flannel.ts';
import { hostLocal } from './host-local/host-local.ts';
import { loopback } from './loopback/loopback.ts';
import { portmap } from './portmap/portmap.ts';
import { ptp } from './ptp/ptp.ts';
import { staticIpam } from './static/static.ts';
import { tuning } from './tuning/tuning.ts';
import { unsupportedDevices } from './unsupported-devices.ts';
import { weaveNet } from './weave-net/weave-net.ts';

export const plugins: readonly Plugin[] = [
  bandwidth,
  bridge,
  calico,
  calicoIpam,
  ciliumCni,
  dhcp,
  firewall,
  flannel,
  hostLocal,
  loopback,
  portmap,
  ptp,
  staticIpam,
  tuning,
  weaveNet,
  ...unsupportedDevices,
];

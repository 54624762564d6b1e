/** dhcp: leases from a DHCP server by way of a daemon on the node, which no simulated node runs (plugins/ipam/dhcp/main.go). */
import { fail } from '#kube/status.ts';
import { internal, type Plugin } from '../../plugin.ts';
import { allVersions } from '../../versions.ts';

const noDaemon = () => fail(internal('error dialing DHCP daemon: dial unix /run/cni/dhcp.sock: connect: no such file or directory'));

export const dhcp: Plugin = { name: 'dhcp', versions: allVersions, add: noDaemon, del: noDaemon };

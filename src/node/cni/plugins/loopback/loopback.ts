/** loopback: brings `lo` up (containernetworking/plugins plugins/main/loopback). */
import { fail, ok } from '#kube/status.ts';
import { goStruct, unmarshal } from '../../go-json.ts';
import { namespaceOf } from '../../machine.ts';
import { internal, type Plugin } from '../../plugin.ts';
import { allVersions, hasFullPaths } from '../../versions.ts';
import { namespaceProblem } from '../interface-setup.ts';
import { netConfFields } from '../net-conf.ts';
import { prevResultOf } from '../prev-result.ts';

const goNetConf = goStruct('types.NetConf', netConfFields);

export const loopback: Plugin = {
  name: 'loopback',
  versions: allVersions,

  add(call, { machine, version }) {
    const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(version));
    if (!decoded.ok) return fail(internal(`failed to parse network config: ${decoded.error}`));
    const prevResult = prevResultOf(decoded.value?.prevResult);
    if (!prevResult.ok) return fail(internal(`failed to parse prevResult: ${prevResult.error}`));
    const closed = namespaceProblem(machine, call.netns);
    if (closed !== undefined) return fail(internal(closed));
    const namespace = namespaceOf(call.netns);
    machine.kernel.setUp(namespace, 'lo');
    const { mac, addresses } = machine.kernel.link(namespace, 'lo')!;
    const result = prevResult.value ?? {
      interfaces: [{ name: 'lo', mac, sandbox: call.netns }],
      ips: addresses.map(({ ip, length }) => ({ interface: 0, address: { ip, length } })),
      routes: [],
      dns: {},
    };
    return ok({ cniVersion: decoded.value?.cniVersion ?? '', result, unconverted: prevResult.value === undefined });
  },

  del(call, { machine }) {
    const namespace = namespaceOf(call.netns);
    if (call.netns !== '' && machine.kernel.has(namespace)) machine.kernel.setDown(namespace, 'lo');
    return ok(undefined);
  },
};

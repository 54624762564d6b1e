/** What Weave's start does for the runtime (weave `setup-cni`): plugins, and a configuration list unless there is one. */
import { readFile } from '../../../files.ts';
import type { Host } from '../../../host.ts';
import { confDir, install } from '../install.ts';

export const conflistPath = `${confDir}/10-weave.conflist`;

export const weaveConflist = `{
    "cniVersion": "0.3.0",
    "name": "weave",
    "plugins": [
        {
            "name": "weave",
            "type": "weave-net",
            "hairpinMode": true
        },
        {
            "type": "portmap",
            "capabilities": {"portMappings": true},
            "snat": true
        }
    ]
}
`;

export function setUpCni(host: Host, now: number): Host {
  const there = readFile(host.files, conflistPath) !== undefined;
  return install(host, { binaries: ['weave-net', 'weave-ipam'], files: there ? {} : { [conflistPath]: weaveConflist } }, now);
}

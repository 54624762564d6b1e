/** /sys/class/net beside the real one: the same links made, and every file of ours read there. */
import { describe, expect, it } from '@jest/globals';
import { nodeName } from '#kube/names.ts';
import type { Io } from '#shell/command.ts';
import { ip } from '#shell/commands/ip/ip.ts';
import { linkFiles } from '#shell/files/link-files.ts';
import { freshPlace } from '../support/fresh-place.ts';
import { cannotRun, inNamespace, settled } from '../support/real-tools.ts';

const reason = cannotRun('ip');

const links: readonly (readonly [what: string, ...lines: readonly string[]])[] = [
  ['a loopback that is down'],
  ['a loopback that is up', 'ip link set lo up'],
  [
    'a veth pair, one end up',
    'ip link add d0 type veth peer name d1',
    'ip link set d0 address 02:00:00:00:00:01',
    'ip link set d1 address 02:00:00:00:00:02',
    'ip link set d0 up',
  ],
  ['both ends', 'ip link set d1 up', 'ip link set d1 mtu 1400'],
  [
    'a bridge with a port',
    'ip link add b0 type bridge',
    'ip link set b0 address 02:00:00:00:00:0b',
    'ip link set d0 master b0',
    'ip link set b0 up',
  ],
  ['one whose port has no carrier', 'ip link set d1 down'],
  [
    'a VXLAN device',
    'ip link add v0 type vxlan id 7 dstport 4789 local 127.0.0.1',
    'ip link set v0 address 02:00:00:00:00:0e',
    'ip link set v0 up',
  ],
];

/** Every file and symbolic link, a line each: `net/d0/mtu=1400`. The real one has more. */
const reading = (paths: readonly string[]) =>
  `unshare -m sh -c 'mount -t sysfs none /sys && for f in ${paths.join(' ')}; do if [ -h $f ]; then echo "$f -> $(readlink $f)"; else echo "$f=$(cat $f)"; fi; done'`;

(reason === undefined ? describe : describe.skip)('/sys of a namespace', () => {
  const here = freshPlace();
  const files = linkFiles(here.lab, nodeName('m'), () => '', true);
  const typed: string[] = [];

  it.each(links)('%s', async (_, ...lines) => {
    for (const line of lines) {
      typed.push(line);
      const { stderr } = await ip.run(line.split(' ').slice(1), {} as Io, here);
      expect(stderr).toBe('');
    }
    const ours = [...files.tree()].filter(([, { kind }]) => kind !== 'directory');
    const shown = ours.map(([path, node]) =>
      node.kind === 'symlink' ? `${path} -> ${node.target}` : `${path}=${node.kind === 'file' ? node.content.trimEnd() : ''}`,
    );
    // A bridge's state follows its ports' a second later.
    const waits = typed.some((line) => line.includes('bridge')) ? ['sleep 1.5'] : [];
    const real = inNamespace([...settled(typed), ...waits, reading(ours.map(([path]) => path))]).at(-1)!;
    expect(real.stderr).toBe('');
    expect(shown).toEqual(real.stdout.trimEnd().split(/\n(?=\/sys\/)/));
    expect(shown.length).toBeGreaterThan(15);
  });
});

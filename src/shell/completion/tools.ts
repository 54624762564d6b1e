/** Words of programs other than kubectl: their subcommands, and what of the machine they name. */
import { containerAt } from '../place.ts';
import type { Lab } from '#lab/lab.ts';
import type { Shell } from '../shell.ts';

const subcommands: Readonly<Record<string, string>> = {
  bridge: 'fdb link mdb vlan',
  brctl: 'addbr addif delbr delif show showmacs',
  crictl:
    'attach create exec images info inspect inspecti inspectp logs port-forward ps pull pods rm rmi rmp run runp start stats statsp stop stopp version',
  ip: 'address link monitor neighbour netns route rule',
  kubeadm: 'certs completion config init join kubeconfig reset token upgrade version',
  nft: 'add delete flush list monitor',
  openssl: 'req s_client verify version x509',
  systemctl:
    'cat daemon-reload disable enable is-active is-enabled is-failed list-unit-files list-units mask restart show start status stop unmask',
};
const deeper: Readonly<Record<string, string>> = {
  'ip address': 'add delete flush show',
  'ip addr': 'add delete flush show',
  'ip link': 'add delete set show',
  'ip route': 'add delete flush get replace show',
  'ip neighbour': 'add delete flush show',
  'ip neigh': 'add delete flush show',
  'ip netns': 'add delete exec identify list pids',
  'kubeadm certs': 'certificate-key check-expiration generate-csr renew',
  'kubeadm config': 'images migrate print validate',
  'kubeadm config images': 'list pull',
  'kubeadm config print': 'init-defaults join-defaults reset-defaults upgrade-defaults',
  'kubeadm token': 'create delete generate list',
  'nft list': 'chain chains map maps ruleset set sets table tables',
};

/** The words for a program's next argument; undefined: a path. */
export function completeTool(shell: Shell, lab: Lab, command: readonly string[], of: string): readonly string[] | undefined {
  const [program = ''] = command;
  const host = lab.snapshot.hosts.get(shell.place.node);
  const words = command.filter((word) => !word.startsWith('-'));
  const last = command.at(-1);
  const units = () => [...(host?.units.keys() ?? [])].map((unit) => unit.replace(/\.service$/, ''));
  switch (program) {
    case 'ssh':
      return words.length === 1 ? [...lab.snapshot.hosts.keys()] : shell.programs();
    case 'systemctl':
      return words.length > 1 ? units() : subcommands['systemctl']!.split(' ');
    case 'service':
      return words.length === 1 ? units() : ['restart', 'start', 'status', 'stop'];
    case 'journalctl':
      return last === '-u' || last === '--unit'
        ? units()
        : of.startsWith('-')
          ? ['--follow', '--lines=', '--no-pager', '--since=', '--unit=']
          : undefined;
    case 'man':
    case 'whatis':
    case 'which':
    case 'type':
      return shell.programs();
    case 'export':
    case 'unset':
      return Object.keys(shell.env);
    case 'crictl':
      if (words.length > 1 && ['logs', 'exec', 'inspect', 'stop', 'rm', 'stats'].includes(words[1]!)) return containerIds(shell, lab);
      break;
    case 'ip':
      if (last === 'dev' || (words[1] === 'link' && /^(set|show|delete)$/.test(last ?? ''))) return deviceNames(shell, lab);
      if (words[1] === 'netns' && /^(exec|delete|pids)$/.test(last ?? ''))
        return [...(host?.kernel.namespaces.keys() ?? [])].filter((name) => name !== '');
      break;
  }
  const known = deeper[words.join(' ')] ?? (words.length === 1 ? subcommands[program] : undefined);
  return known?.split(' ');
}

function containerIds(shell: Shell, lab: Lab): readonly string[] {
  const sandboxes = [...(lab.snapshot.hosts.get(shell.place.node)?.sandboxes.values() ?? [])];
  return sandboxes.flatMap(({ containers }) => containers.flatMap(({ run }) => (run === undefined ? [] : [run.id.slice(0, 13)])));
}

function deviceNames(shell: Shell, lab: Lab): readonly string[] {
  const { place } = shell;
  const host = lab.snapshot.hosts.get(place.node);
  const namespace =
    place.kind === 'node' ? '' : containerAt(lab, place) === undefined ? undefined : host?.sandboxes.get(place.podUid)?.network.namespace;
  return (host?.kernel.namespaces.get(namespace ?? '')?.links ?? []).map(({ name }) => name);
}

/** The programs of the cluster itself, called by hand: they say their version, and nobody starts a second one. */
import { failure, output, type Command, type Here } from '../../command.ts';
import { release } from '../kubeadm/release.ts';

const wordsOf = (name: string, instead: string) => failure(`cka-net: ${name} is not simulated as a command; ${instead}\n`, 127);

function component(name: string, onlyIn: NonNullable<Command['onlyIn']>, instead: string): Command {
  return {
    name,
    onlyIn,
    run: (args, _io, here: Here) => (args.includes('--version') ? output(`Kubernetes ${release(here)}\n`) : wordsOf(name, instead)),
  };
}

const itsPod = 'what its pod runs is shown by kubectl logs and by ps';

export const components: readonly Command[] = [
  component('kubelet', 'machines', 'systemctl starts and stops it, journalctl -u kubelet shows what it says'),
  component('kube-apiserver', 'images', itsPod),
  component('kube-controller-manager', 'images', itsPod),
  component('kube-scheduler', 'images', itsPod),
  component('kube-proxy', 'images', itsPod),
  ...['containerd', 'runc', 'containerd-shim-runc-v2'].map((name): Command => {
    return {
      name,
      onlyIn: 'machines',
      run: () => wordsOf(name, 'crictl shows containers and images, systemctl starts and stops containerd'),
    };
  }),
  ...['etcdctl', 'etcdutl'].map((name): Command => {
    return { name, onlyIn: 'images', run: () => wordsOf(name, 'kubectl shows the objects that etcd stores') };
  }),
];

/** `kubeadm init` and `join` on a machine of a cluster: what their checks find there. Setting up a machine is not simulated. (cmd/kubeadm/app/preflight/checks.go) */
import { failure, type Files, type Output } from '../../command.ts';
import { hostAt } from '../../place.ts';
import { listeningIn } from '#dataplane/links/listeners.ts';
import { kubeadmError, type Invocation, type Phase } from './kubeadm.ts';
import { release } from './release.ts';
import { flagsIn } from './token.ts';

type Check = (at: { readonly ports: ReadonlySet<number>; readonly files: Files }) => string | undefined;

const portFree =
  (port: number): Check =>
  ({ ports }) =>
    ports.has(port) ? `[ERROR Port-${port}]: Port ${port} is in use` : undefined;
const fileFree =
  (path: string): Check =>
  ({ files }) =>
    files.stat(path) === undefined ? undefined : `[ERROR FileAvailable-${path.replaceAll('/', '-')}]: ${path} already exists`;
const directoryEmpty =
  (path: string): Check =>
  ({ files }) =>
    (files.list(path) ?? []).length === 0 ? undefined : `[ERROR DirAvailable-${path.replaceAll('/', '-')}]: ${path} is not empty`;
const serviceRuns = (name: string, isActive: boolean): string | undefined =>
  isActive ? undefined : `[WARNING Service-${name}]: ${name} service is not active, please run 'systemctl start ${name}.service'`;

const manifests = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].map((name) =>
  fileFree(`/etc/kubernetes/manifests/${name}.yaml`),
);
const initChecks: readonly Check[] = [
  ...[6443, 10259, 10257].map(portFree),
  ...manifests,
  portFree(10250),
  ...[2379, 2380].map(portFree),
  directoryEmpty('/var/lib/etcd'),
];
const joinChecks: readonly Check[] = [fileFree('/etc/kubernetes/kubelet.conf'), portFree(10250), fileFree('/etc/kubernetes/pki/ca.crt')];

function run({ io, here }: Invocation, checks: readonly Check[], head: string, name: string): Output {
  const host = hostAt(here.lab, here.place);
  const ports = new Set(listeningIn(host, '').map(({ listener }) => listener.port));
  const problems = checks.flatMap((check) => check({ ports, files: io.files }) ?? []);
  const warning = serviceRuns('kubelet', host.units.get('kubelet.service')?.active === 'active');
  const warnings = warning === undefined ? '' : `\t${warning}\n`;
  if (problems.length === 0) return failure(`kubeadm ${name} is not simulated: clusters come up as their scenario says\n`);
  const text = `[preflight] Some fatal errors occurred:\n${problems.map((one) => `\t${one}\n`).join('')}[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\``;
  return {
    ...kubeadmError(`${warnings}error execution phase preflight: ${text}`),
    stdout: `${head}[preflight] Running pre-flight checks\n`,
  };
}

export const init: Phase = (invocation) =>
  invocation.args[0] === 'phase'
    ? failure('kubeadm init phase is not simulated: the files of the control plane can be changed, and are not written anew\n')
    : run(invocation, initChecks, `[init] Using Kubernetes version: ${release(invocation.here)}\n`, 'init');

export const join: Phase = (invocation) => {
  const { flags, words } = flagsIn(invocation.args, new Set(['control-plane', 'discovery-token-unsafe-skip-ca-verification', 'dry-run']));
  const isFile = flags.has('config') || flags.has('discovery-file');
  if (!isFile && words.length === 0) return kubeadmError('discovery: Invalid value: "": bootstrapToken or file must be set');
  return run(invocation, joinChecks, '', 'join');
};

/** `kubeadm config`: the defaults of a new cluster, and the images of a release. (cmd/kubeadm/app/cmd/config.go) */
import { componentsOf, corednsImage, registryOf } from '#lab/bring-up/settings.ts';
import { failure, output, type Output } from '../../command.ts';
import { dialApiServer } from '../kubectl/dial.ts';
import { kubeadmError, type Invocation, type Phase } from './kubeadm.ts';
import { minorOf, release } from './release.ts';
import { flagsIn } from './token.ts';

export const config: Phase = (invocation) => {
  const [name, kind] = invocation.args;
  if (name === undefined) return kubeadmError('missing subcommand; "config" is not meant to be run on its own');
  if (name === 'images') {
    if (kind === 'list') return images(invocation);
    if (kind === 'pull') return failure('kubeadm config images pull is not simulated: nodes pull what their pods need\n');
    return kubeadmError(
      kind === undefined
        ? 'missing subcommand; "images" is not meant to be run on its own'
        : `unknown command "${kind}" for "kubeadm config images"`,
    );
  }
  if (name === 'print') {
    if (kind === 'init-defaults') return output(initDefaults(release(invocation.here)));
    if (kind === undefined) return kubeadmError('missing subcommand; "print" is not meant to be run on its own');
    if (['join-defaults', 'reset-defaults', 'upgrade-defaults'].includes(kind))
      return failure(`kubeadm config print ${kind} is not simulated\n`);
    return kubeadmError(`unknown command "${kind}" for "kubeadm config print"`);
  }
  if (name === 'view') return kubeadmError('unknown command "view" for "kubeadm config"');
  if (name === 'migrate' || name === 'validate') return failure(`kubeadm config ${name} is not simulated\n`);
  return kubeadmError(`unknown command "${name}" for "kubeadm config"`);
};

/** The images that a control plane of a release needs; without one named, of the newest that the internet knows, or else of kubeadm's own. */
function images({ args, here }: Invocation): Output {
  const { flags } = flagsIn(args.slice(2), new Set());
  const own = release(here);
  const asked = flags.get('kubernetes-version');
  const version = asked === undefined ? own : asked.startsWith('v') ? asked : `v${asked}`;
  if (!/^v1\.\d+\.\d+$/.test(version))
    return kubeadmError(`version "${asked}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`);
  const registry = flags.get('image-repository') ?? registryOf(version);
  const { etcd, pause } = componentsOf(version);
  const ofRegistry = (image: string) => image.replace(registryOf(version), registry);
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
    (name) => `${registry}/${name}:${version}`,
  );
  const all = [...names, ofRegistry(corednsImage(version)), `${registry}/pause:${pause}`, `${registry}/etcd:${etcd}`];
  return { stdout: `${all.join('\n')}\n`, stderr: asked === undefined ? fallback({ here, own }) : '', exitCode: 0 };
}

/** What is said where the newest release cannot be asked for (util/version.go): the simulation has no internet. */
function fallback({ here, own }: { readonly here: Invocation['here']; readonly own: string }): string {
  const url = 'https://dl.k8s.io/release/stable-1.txt';
  const tls = { authorities: [], insecure: false, serverName: 'dl.k8s.io' };
  const dialed = dialApiServer(here, { host: 'dl.k8s.io', port: 443, tls });
  const why = dialed.connected ? 'EOF' : dialed.error;
  const date = new Date(here.lab.now).toISOString();
  const stamp = `W${date.slice(5, 7)}${date.slice(8, 10)} ${date.slice(11, 23)}000    4711 version.go:109]`;
  return `${stamp} could not fetch a Kubernetes version from the internet: unable to get URL ${JSON.stringify(url)}: Get ${JSON.stringify(url)}: ${why}\n${stamp.replace(':109]', ':110]')} falling back to the local client version: ${own}\n`;
}

/** (componentconfigs and apis/kubeadm/v1beta4/defaults.go; v1beta3 before 1.31) */
function initDefaults(version: string): string {
  const minor = minorOf(version);
  const recent = minor >= 31;
  const api = `kubeadm.k8s.io/${recent ? 'v1beta4' : minor >= 22 ? 'v1beta3' : 'v1beta2'}`;
  const lines = (...some: (string | false)[]) =>
    some
      .filter((line) => line !== false)
      .map((line) => `${line}\n`)
      .join('');
  return lines(
    `apiVersion: ${api}`,
    'bootstrapTokens:',
    '- groups:',
    '  - system:bootstrappers:kubeadm:default-node-token',
    '  token: abcdef.0123456789abcdef',
    '  ttl: 24h0m0s',
    '  usages:',
    '  - signing',
    '  - authentication',
    'kind: InitConfiguration',
    'localAPIEndpoint:',
    '  advertiseAddress: 1.2.3.4',
    '  bindPort: 6443',
    'nodeRegistration:',
    `  criSocket: ${minor >= 24 ? 'unix:///var/run/containerd/containerd.sock' : '/var/run/dockershim.sock'}`,
    minor >= 22 && '  imagePullPolicy: IfNotPresent',
    recent && '  imagePullSerial: true',
    '  name: node',
    '  taints: null',
    recent && 'timeouts:',
    recent && '  controlPlaneComponentHealthCheck: 4m0s',
    recent && '  discovery: 5m0s',
    recent && '  etcdAPICall: 2m0s',
    recent && '  kubeletHealthCheck: 4m0s',
    recent && '  kubernetesAPICall: 1m0s',
    recent && '  tlsBootstrap: 5m0s',
    recent && '  upgradeManifests: 5m0s',
    '---',
    recent ? 'apiServer: {}' : 'apiServer:',
    !recent && '  timeoutForControlPlane: 4m0s',
    `apiVersion: ${api}`,
    recent && 'caCertificateValidityPeriod: 87600h0m0s',
    recent && 'certificateValidityPeriod: 8760h0m0s',
    'certificatesDir: /etc/kubernetes/pki',
    'clusterName: kubernetes',
    'controllerManager: {}',
    'dns: {}',
    recent && 'encryptionAlgorithm: RSA-2048',
    'etcd:',
    '  local:',
    '    dataDir: /var/lib/etcd',
    `imageRepository: ${registryOf(version)}`,
    'kind: ClusterConfiguration',
    `kubernetesVersion: 1.${minor}.0`,
    'networking:',
    '  dnsDomain: cluster.local',
    '  serviceSubnet: 10.96.0.0/12',
    recent && 'proxy: {}',
    'scheduler: {}',
  );
}

/** What a machine's disk holds after its operating system, containerd, kubeadm and the kubelet have been installed and have run. */
import { hexOf } from '#kube/chance.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { rfc3339 } from '#kube/time.ts';
import { pluginBinary, referencePlugins } from '#node/cni/invoke.ts';
import { emptyTree, withFiles, type FileNode, type FileTree } from '#node/files.ts';
import type { Subject } from '#node/pki/certificate.ts';
import { base64, clusterAuthority, identityOf, kubeletServerFiles, pkiFiles } from './certificates.ts';
import { componentsOf, minorOf, registryOf, type ClusterSettings, type NodeSettings } from './settings.ts';
import { dnsServiceIp } from './service-ip.ts';
import { staticPodManifests } from './static-pods.ts';

export interface HostFilesInput {
  readonly settings: ClusterSettings;
  readonly node: NodeSettings;
  readonly seed: string;
  readonly now: number;
}

const kubeletService = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const kubeadmDropIn = `# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
# This is a file that "kubeadm init" and "kubeadm join" generates at runtime, populating the KUBELET_KUBEADM_ARGS variable dynamically
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
# This is a file that the user can use for overrides of the kubelet args as a last resort. Preferably, the user should use
# the .NodeRegistration.KubeletExtraArgs object in the configuration files instead. KUBELET_EXTRA_ARGS should be sourced from this file.
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;

const containerdService = `[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`;

function containerdConfig(pause: string): string {
  return `version = 3
root = '/var/lib/containerd'
state = '/run/containerd'

[grpc]
  address = '/run/containerd/containerd.sock'

[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = '${pause}'

  [plugins.'io.containerd.cri.v1.runtime']
    [plugins.'io.containerd.cri.v1.runtime'.containerd]
      default_runtime_name = 'runc'

      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
        runtime_type = 'io.containerd.runc.v2'

        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
          SystemdCgroup = true

    [plugins.'io.containerd.cri.v1.runtime'.cni]
      bin_dirs = ['/opt/cni/bin']
      conf_dir = '/etc/cni/net.d'
      max_conf_num = 1
`;
}

/** KubeletConfiguration as kubeadm writes it to /var/lib/kubelet/config.yaml. */
export function kubeletConfigurationOf(settings: ClusterSettings): object {
  const minor = minorOf(settings.kubernetesVersion);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { cacheTTL: '0s', enabled: true },
      x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    },
    authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '0s', cacheUnauthorizedTTL: '0s' } },
    cgroupDriver: 'systemd',
    clusterDNS: [dnsServiceIp(settings.serviceSubnet)],
    clusterDomain: settings.dnsDomain,
    ...(minor >= 27 && { containerRuntimeEndpoint: 'unix:///var/run/containerd/containerd.sock' }),
    cpuManagerReconcilePeriod: '0s',
    ...(minor >= 35 && { crashLoopBackOff: {} }),
    evictionPressureTransitionPeriod: '0s',
    fileCheckFrequency: '0s',
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10248,
    httpCheckFrequency: '0s',
    imageMaximumGCAge: '0s',
    imageMinimumGCAge: '0s',
    kind: 'KubeletConfiguration',
    logging: { flushFrequency: 0, options: { json: { infoBufferSize: '0' }, text: { infoBufferSize: '0' } }, verbosity: 0 },
    memorySwap: {},
    nodeStatusReportFrequency: '0s',
    nodeStatusUpdateFrequency: '0s',
    resolvConf: '/run/systemd/resolve/resolv.conf',
    rotateCertificates: true,
    runtimeRequestTimeout: '0s',
    shutdownGracePeriod: '0s',
    shutdownGracePeriodCriticalPods: '0s',
    staticPodPath: '/etc/kubernetes/manifests',
    streamingConnectionIdleTimeout: '0s',
    syncFrequency: '0s',
    volumeStatsAggPeriod: '0s',
  };
}

/** A kubeconfig with one cluster, user and context. */
export function kubeconfig(server: string, ca: string, cluster: string, user: string, identity: Readonly<Record<string, string>>): string {
  return yamlText({
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': base64(ca), server }, name: cluster }],
    contexts: [{ context: { cluster, user }, name: `${user}@${cluster}` }],
    'current-context': `${user}@${cluster}`,
    kind: 'Config',
    preferences: {},
    users: [{ name: user, user: identity }],
  });
}

/** The whole tree of one machine. */
export function hostFiles({ settings, node, seed, now }: HostFilesInput): FileTree {
  const modified = rfc3339(now);
  const version = settings.kubernetesVersion;
  const minor = minorOf(version);
  const control = settings.nodes.find((one) => one.controlPlane) ?? settings.nodes[0]!;
  const address = control.addresses[0]!;
  const server = `https://${address.includes(':') ? `[${address}]` : address}:6443`;
  const ca = clusterAuthority(seed, now);
  const pause = `${registryOf(version)}/pause:${componentsOf(version).pause}`;
  const files: (readonly [string, string | FileNode])[] = [];
  const put = (path: string, content: string, mode = 0o644) => files.push([path, { kind: 'file', content, mode, modified }]);
  const directory = (path: string, mode = 0o755) => files.push([path, { kind: 'directory', mode, modified }]);
  const link = (path: string, target: string) => files.push([path, { kind: 'symlink', target, modified }]);
  const program = (path: string) => put(path, '\x7fELF\x02\x01\x01\x00', 0o755);

  put('/etc/hostname', `${node.name}\n`);
  put(
    '/etc/hosts',
    `127.0.0.1 localhost\n127.0.1.1 ${node.name}\n\n::1 ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n${settings.nodes.flatMap((one) => one.addresses.slice(0, 1).map((ip) => `${ip} ${one.name}\n`)).join('')}`,
  );
  put(
    '/etc/os-release',
    'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION="24.04.3 LTS (Noble Numbat)"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n',
  );
  put(
    '/etc/nsswitch.conf',
    'passwd:         files systemd\ngroup:          files systemd\nshadow:         files systemd\n\nhosts:          files dns\nnetworks:       files\n',
  );
  put('/etc/resolv.conf', 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n');
  put('/run/systemd/resolve/resolv.conf', 'nameserver 8.8.8.8\nnameserver 1.1.1.1\nsearch .\n');
  put('/etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n');
  put('/etc/modules-load.d/k8s.conf', 'overlay\nbr_netfilter\n');
  put(
    '/etc/sysctl.d/k8s.conf',
    'net.bridge.bridge-nf-call-iptables  = 1\nnet.bridge.bridge-nf-call-ip6tables = 1\nnet.ipv4.ip_forward                 = 1\n',
  );
  put('/etc/sysctl.conf', '#\n# /etc/sysctl.conf - Configuration file for setting system variables\n#\n');
  put('/etc/fstab', '# /etc/fstab: static file system information.\nUUID=2f1d3f5e-8b9a-4c6d-9e7f-0a1b2c3d4e5f / ext4 defaults 0 1\n');
  put(
    '/root/.bashrc',
    "alias k=kubectl\nalias ls='ls --color=auto'\nsource <(kubectl completion bash)\ncomplete -o default -F __start_kubectl k\n",
  );
  for (const path of [
    '/tmp',
    '/home',
    '/mnt',
    '/opt',
    '/srv',
    '/var/log',
    '/var/tmp',
    '/boot',
    '/dev',
    '/etc/systemd/system',
    '/etc/cni/net.d',
    '/opt/cni/bin',
    '/var/lib/cni',
    '/var/lib/kubelet/pods',
    '/var/log/pods',
    '/var/log/containers',
    '/usr/lib/systemd/system',
    '/run/containerd',
    '/root/.kube',
  ])
    directory(path);

  link('/lib', 'usr/lib');
  put('/usr/lib/systemd/system/kubelet.service', kubeletService);
  put('/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf', kubeadmDropIn);
  put('/usr/lib/systemd/system/containerd.service', containerdService);
  put(
    '/usr/lib/systemd/system/systemd-resolved.service',
    '[Unit]\nDescription=Network Name Resolution\nDocumentation=man:systemd-resolved.service(8)\n\n[Service]\nExecStart=/usr/lib/systemd/systemd-resolved\nRestart=always\n\n[Install]\nWantedBy=sysinit.target\n',
  );
  put(
    '/usr/lib/systemd/system/systemd-networkd.service',
    '[Unit]\nDescription=Network Configuration\nDocumentation=man:systemd-networkd.service(8)\n\n[Service]\nExecStart=/usr/lib/systemd/systemd-networkd\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n',
  );
  put(
    '/usr/lib/systemd/system/ssh.service',
    '[Unit]\nDescription=OpenBSD Secure Shell server\nDocumentation=man:sshd(8)\n\n[Service]\nExecStart=/usr/sbin/sshd -D\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n',
  );
  for (const unit of ['kubelet', 'containerd', 'systemd-networkd', 'ssh'])
    link(`/etc/systemd/system/multi-user.target.wants/${unit}.service`, `/usr/lib/systemd/system/${unit}.service`);
  link('/etc/systemd/system/sysinit.target.wants/systemd-resolved.service', '/usr/lib/systemd/system/systemd-resolved.service');
  put('/etc/containerd/config.toml', containerdConfig(pause));
  put(
    '/etc/crictl.yaml',
    'runtime-endpoint: unix:///run/containerd/containerd.sock\nimage-endpoint: unix:///run/containerd/containerd.sock\ntimeout: 2\ndebug: false\n',
  );
  put('/etc/default/kubelet', 'KUBELET_EXTRA_ARGS=\n');

  put('/var/lib/kubelet/config.yaml', yamlText(kubeletConfigurationOf(settings)));
  const flags = [
    ...(minor < 27 ? ['--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock'] : []),
    ...(minor < 24 ? ['--network-plugin=cni'] : []),
    ...(minor < 35 ? [`--pod-infra-container-image=${pause}`] : []),
    `--node-ip=${node.addresses.join(',')}`,
  ];
  put('/var/lib/kubelet/kubeadm-flags.env', `KUBELET_KUBEADM_ARGS="${flags.join(' ')}"\n`);
  const kubelet = identityOf(seed, { name: `system:node:${node.name}`, organization: 'system:nodes' }, now);
  put('/var/lib/kubelet/pki/kubelet-client-current.pem', kubelet.certificate + kubelet.key, 0o600);
  for (const [path, content] of kubeletServerFiles(seed, now, node.name)) put(path, content, path.endsWith('.key') ? 0o600 : 0o644);
  put(
    '/etc/kubernetes/kubelet.conf',
    kubeconfig(server, ca, 'kubernetes', `system:node:${node.name}`, {
      'client-certificate': '/var/lib/kubelet/pki/kubelet-client-current.pem',
      'client-key': '/var/lib/kubelet/pki/kubelet-client-current.pem',
    }),
    0o600,
  );
  directory('/etc/kubernetes/manifests');
  put('/etc/kubernetes/pki/ca.crt', ca);

  if (node.controlPlane) {
    const { serviceSubnet, dnsDomain } = settings;
    const serverNames = { node: node.name, addresses: node.addresses, serviceSubnet, dnsDomain };
    for (const [path, content] of pkiFiles(seed, now, serverNames)) put(path, content, path.endsWith('.key') ? 0o600 : 0o644);
    for (const [file, manifest] of staticPodManifests(settings, node)) put(`/etc/kubernetes/manifests/${file}`, yamlText(manifest), 0o600);
    const identity = (subject: Subject) => {
      const { certificate, key } = identityOf(seed, subject, now);
      return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    };
    const admin = kubeconfig(
      server,
      ca,
      'kubernetes',
      'kubernetes-admin',
      identity({ name: 'kubernetes-admin', organization: minor >= 29 ? 'kubeadm:cluster-admins' : 'system:masters' }),
    );
    put('/etc/kubernetes/admin.conf', admin, 0o600);
    if (minor >= 29)
      put(
        '/etc/kubernetes/super-admin.conf',
        kubeconfig(
          server,
          ca,
          'kubernetes',
          'kubernetes-super-admin',
          identity({ name: 'kubernetes-super-admin', organization: 'system:masters' }),
        ),
        0o600,
      );
    put(
      '/etc/kubernetes/controller-manager.conf',
      kubeconfig(server, ca, 'kubernetes', 'system:kube-controller-manager', identity({ name: 'system:kube-controller-manager' })),
      0o600,
    );
    put(
      '/etc/kubernetes/scheduler.conf',
      kubeconfig(server, ca, 'kubernetes', 'system:kube-scheduler', identity({ name: 'system:kube-scheduler' })),
      0o600,
    );
    put('/root/.kube/config', admin, 0o600);
    directory('/var/lib/etcd', 0o700);
  }
  for (const name of referencePlugins) files.push([`/opt/cni/bin/${name}`, pluginBinary(name, modified)]);
  for (const name of ['kubelet', 'kubeadm', 'kubectl', 'containerd', 'crictl', 'ctr', 'runc']) program(`/usr/bin/${name}`);
  put('/etc/machine-id', `${hexOf(`${seed}/machine/${node.name}`, 32)}\n`, 0o444);
  return withFiles(emptyTree, files, modified);
}

/** Calico's init container `install-cni` (calico cni-plugin pkg/install): plugins, kubeconfig and configuration list. */
import { confDir, type Installation } from '../install.ts';

export const kubeconfigPath = `${confDir}/calico-kubeconfig`;
export const conflistPath = `${confDir}/10-calico.conflist`;

/** The template of the ConfigMap calico-config, key `cni_network_config`. */
export const conflistTemplate = `{
  "name": "k8s-pod-network",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "calico",
      "log_level": "info",
      "log_file_path": "/var/log/calico/cni/cni.log",
      "datastore_type": "kubernetes",
      "nodename": "__KUBERNETES_NODE_NAME__",
      "mtu": __CNI_MTU__,
      "ipam": {
          "type": "calico-ipam"
      },
      "policy": {
          "type": "k8s"
      },
      "kubernetes": {
          "kubeconfig": "__KUBECONFIG_FILEPATH__"
      }
    },
    {
      "type": "portmap",
      "snat": true,
      "capabilities": {"portMappings": true}
    },
    {
      "type": "bandwidth",
      "capabilities": {"bandwidth": true}
    }
  ]
}`;

/** What the image brings along. */
const binaries = ['bandwidth', 'calico', 'calico-ipam', 'flannel', 'host-local', 'loopback', 'portmap', 'tuning'];

/** `env`: of the container. `token` is that of its service account. */
export function installCni(env: ReadonlyMap<string, string>, token: string): Installation {
  const of = (name: string, otherwise: string) => env.get(name) ?? otherwise;
  const conflist = of('CNI_NETWORK_CONFIG', conflistTemplate)
    .replaceAll('__KUBERNETES_NODE_NAME__', of('KUBERNETES_NODE_NAME', ''))
    .replaceAll('__CNI_MTU__', of('CNI_MTU', '0'))
    .replaceAll('__KUBECONFIG_FILEPATH__', kubeconfigPath);
  const server = `https://${of('KUBERNETES_SERVICE_HOST', '10.96.0.1')}:${of('KUBERNETES_SERVICE_PORT', '443')}`;
  return {
    binaries,
    files: {
      [kubeconfigPath]: { content: kubeconfig(server, token), mode: 0o600 },
      [`${confDir}/${of('CNI_CONF_NAME', '10-calico.conflist')}`]: conflist,
    },
  };
}

function kubeconfig(server: string, token: string): string {
  return `# Kubeconfig file for Calico CNI plugin. Installed by calico/node.
apiVersion: v1
kind: Config
clusters:
- name: local
  cluster:
    server: ${server}
    certificate-authority-data: ""
users:
- name: calico
  user:
    token: ${token}
contexts:
- name: calico-context
  context:
    cluster: local
    user: calico
current-context: calico-context
`;
}

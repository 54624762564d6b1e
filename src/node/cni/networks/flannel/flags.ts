/** flanneld's command line, as far as it matters here (flannel main.go). */

export const subnetFile = '/run/flannel/subnet.env';
export const netConfPath = '/etc/kube-flannel/net-conf.json';

/** What the command line asks for. */
export interface Flags {
  readonly ipMasq: boolean;
  readonly ifaces: readonly string[];
}

export function flagsOf(args: readonly string[]): Flags {
  const has = (name: string) => args.some((arg) => [`--${name}`, `-${name}`, `--${name}=true`, `-${name}=true`].includes(arg));
  const ifaces = args.flatMap((arg, i) => (/^--?iface$/.test(arg) ? [args[i + 1] ?? ''] : (/^--?iface=(.*)$/.exec(arg)?.slice(1) ?? [])));
  return { ipMasq: has('ip-masq'), ifaces };
}

const etcd =
  'etcdEndpoints:http://127.0.0.1:4001,http://127.0.0.1:2379 etcdPrefix:/coreos.com/network etcdKeyfile: etcdCertfile: etcdCAFile: etcdUsername: etcdPassword:';

/** As the daemon logs them. */
export function flagsText({ ipMasq, ifaces }: Flags): string {
  return `{${etcd} version:false kubeSubnetMgr:true kubeApiUrl: kubeAnnotationPrefix:flannel.alpha.coreos.com kubeConfigFile: iface:[${ifaces.join(' ')}] ifaceRegex:[] ipMasq:${ipMasq} ifaceCanReach: subnetFile:${subnetFile} publicIP: publicIPv6: subnetLeaseRenewMargin:60 healthzIP:0.0.0.0 healthzPort:0 iptablesResyncSeconds:5 iptablesForwardRules:true blackholeRoute:false netConfPath:${netConfPath} setNodeNetworkUnavailable:true}`;
}

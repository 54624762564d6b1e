/** CoreDNS's plugins in the order in which they are asked. (coredns: plugin.cfg) */
import type { CorednsPlugin } from '../plugin.ts';
import { atLeast } from '../release.ts';
import { acl } from './acl/acl.ts';
import { any } from './any/any.ts';
import { auto } from './auto/auto.ts';
import { autopath } from './autopath/autopath.ts';
import { bind } from './bind/bind.ts';
import { bufsize } from './bufsize/bufsize.ts';
import { cache } from './cache/cache.ts';
import { chaos } from './chaos/chaos.ts';
import { debug } from './debug/debug.ts';
import { dns64 } from './dns64/dns64.ts';
import { erratic } from './erratic/erratic.ts';
import { errors } from './errors/errors.ts';
import { etcd } from './etcd/etcd.ts';
import { file } from './file/file.ts';
import { forward } from './forward/forward.ts';
import { header } from './header/header.ts';
import { health } from './health/health.ts';
import { hosts } from './hosts/hosts.ts';
import { k8sExternal } from './k8s_external/k8s_external.ts';
import { kubernetes } from './kubernetes/kubernetes.ts';
import { loadbalance } from './loadbalance/loadbalance.ts';
import { local } from './local/local.ts';
import { log } from './log/log.ts';
import { loop } from './loop/loop.ts';
import { minimal } from './minimal/minimal.ts';
import { nsid } from './nsid/nsid.ts';
import { outside } from './outside/outside.ts';
import { passive } from './passive/passive.ts';
import { prometheus } from './prometheus/prometheus.ts';
import { ready } from './ready/ready.ts';
import { reload } from './reload/reload.ts';
import { rewrite } from './rewrite/rewrite.ts';
import { root } from './root/root.ts';
import { secondary } from './secondary/secondary.ts';
import { sign } from './sign/sign.ts';
import { template } from './template/template.ts';
import { timeouts } from './timeouts/timeouts.ts';
import { tls } from './tls/tls.ts';
import { transfer } from './transfer/transfer.ts';
import { view } from './view/view.ts';
import { whoami } from './whoami/whoami.ts';

interface Listed {
  readonly plugin: CorednsPlugin;
  /** The first release that has it, where that is younger than what people still run. */
  readonly since?: string;
}

const ordered: readonly Listed[] = [
  { plugin: root },
  { plugin: passive('metadata') },
  { plugin: outside('geoip'), since: '1.8.4' },
  { plugin: passive('cancel') },
  { plugin: tls },
  { plugin: passive('quic'), since: '1.12.2' },
  { plugin: timeouts, since: '1.10.1' },
  { plugin: passive('multisocket'), since: '1.12.0' },
  { plugin: reload },
  { plugin: nsid },
  { plugin: bufsize },
  { plugin: bind },
  { plugin: debug },
  { plugin: passive('trace') },
  { plugin: ready },
  { plugin: health },
  { plugin: passive('pprof') },
  { plugin: prometheus },
  { plugin: errors },
  { plugin: log },
  { plugin: passive('dnstap') },
  { plugin: local },
  { plugin: dns64 },
  { plugin: acl },
  { plugin: any },
  { plugin: chaos },
  { plugin: loadbalance },
  { plugin: outside('tsig'), since: '1.10.0' },
  { plugin: cache },
  { plugin: rewrite },
  { plugin: header, since: '1.8.5' },
  { plugin: outside('dnssec') },
  { plugin: autopath },
  { plugin: minimal, since: '1.8.4' },
  { plugin: template },
  { plugin: transfer },
  { plugin: hosts },
  { plugin: outside('route53') },
  { plugin: outside('azure') },
  { plugin: outside('clouddns') },
  { plugin: k8sExternal },
  { plugin: kubernetes },
  { plugin: file },
  { plugin: auto },
  { plugin: secondary },
  { plugin: etcd },
  { plugin: loop },
  { plugin: forward },
  { plugin: outside('grpc') },
  { plugin: erratic },
  { plugin: whoami },
  { plugin: passive('on') },
  { plugin: sign },
  { plugin: view, since: '1.10.0' },
  { plugin: outside('nomad'), since: '1.13.0' },
];

/** The plugins of a release, in its order. */
export function plugins(version: string): readonly CorednsPlugin[] {
  const all = ordered.filter(({ since }) => since === undefined || atLeast(version, since)).map(({ plugin }) => plugin);
  if (!atLeast(version, '1.14.0')) return all;
  // Since 1.14 addresses are checked after names have been rewritten.
  const rest = all.filter((plugin) => plugin !== acl);
  return rest.toSpliced(rest.indexOf(rewrite) + 1, 0, acl);
}

export function pluginNames(version: string): readonly string[] {
  return plugins(version).map(({ name }) => name);
}

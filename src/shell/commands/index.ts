/** The programs of the simulated terminal. Those that are large are loaded when first called. */
import type { Command } from '../command.ts';
import { components } from './components/components.ts';
import { date } from './date/date.ts';
import { hostname } from './hostname/hostname.ts';
import { lsmod, modprobe } from './lsmod/lsmod.ts';
import { sleep } from './sleep/sleep.ts';
import { ssh } from './ssh/ssh.ts';
import { su, sudo } from './sudo/sudo.ts';
import { uname } from './uname/uname.ts';

/** A program whose code is loaded at its first call. */
function lazy(name: string, load: () => Promise<Command>, traits: Pick<Command, 'fillsScreen'> = {}): Command {
  return { ...traits, name, run: async (args, io, here) => (await load()).run(args, io, here) };
}

/** One that only images have which bring it along. */
function lazyInImages(name: string, load: () => Promise<Command>): Command {
  return { ...lazy(name, load), onlyIn: 'images' };
}

const iptables = () => import('./iptables/iptables.ts');

const pgrep = () => import('./procps/pgrep.ts');
const jobControl = () => import('./procps/job-control.ts');
const identity = () => import('./coreutils/identity.ts');
const head = () => import('./coreutils/head.ts');
const grep = () => import('./grep/grep.ts');
const diff = () => import('./diffutils/diff.ts');
const dnsTools = () => import('./dns-tools.ts');

export const commands: readonly Command[] = [
  lazy('busybox', async () => (await import('./busybox/busybox.ts')).busybox),
  lazy('curl', async () => (await import('./curl/curl.ts')).curl),
  lazy('wget', async () => (await import('./wget/index.ts')).wget),
  lazy('ping', async () => (await import('./ping/index.ts')).ping),
  lazy('ping6', async () => (await import('./ping/index.ts')).ping6),
  lazy('nc', async () => (await import('./nc/index.ts')).nc),
  lazy('netcat', async () => (await import('./nc/index.ts')).netcat),
  lazy('telnet', async () => (await import('./telnet/telnet.ts')).telnet),
  lazy('traceroute', async () => (await import('./traceroute/traceroute.ts')).traceroute),
  lazy('traceroute6', async () => (await import('./traceroute/traceroute.ts')).traceroute6),
  lazy('timeout', async () => (await import('./timeout/timeout.ts')).timeout),
  lazy('ls', async () => (await import('./ls/ls.ts')).ls, { fillsScreen: true }),
  lazy('jq', async () => (await import('./jq/jq.ts')).jq),
  lazy('grep', async () => (await grep()).grep),
  lazy('egrep', async () => (await grep()).egrep),
  lazy('fgrep', async () => (await grep()).fgrep),
  lazy('xargs', async () => (await import('./findutils/xargs.ts')).xargs),
  lazy('diff', async () => (await diff()).diff),
  lazy('cmp', async () => (await diff()).cmp),
  lazy('head', async () => (await head()).head),
  lazy('tail', async () => (await head()).tail),
  lazy('wc', async () => (await import('./coreutils/wc.ts')).wc),
  lazy('sort', async () => (await import('./coreutils/sort.ts')).sort),
  lazy('uniq', async () => (await import('./coreutils/uniq.ts')).uniq),
  lazy('cut', async () => (await import('./coreutils/cut.ts')).cut),
  lazy('od', async () => (await import('./coreutils/od.ts')).od),
  lazy('base64', async () => (await import('./coreutils/base64.ts')).base64),
  lazy('column', async () => (await import('./column/column.ts')).column),
  lazy('sed', async () => (await import('./sed/sed.ts')).sed),
  lazy('awk', async () => (await import('./awk/awk.ts')).awk),
  lazy('mawk', async () => (await import('./awk/awk.ts')).mawk),
  lazy('kill', async () => (await import('./procps/kill.ts')).kill),
  lazy('jobs', async () => (await jobControl()).jobs),
  lazy('fg', async () => (await jobControl()).fg),
  lazy('bg', async () => (await jobControl()).bg),
  lazy('disown', async () => (await jobControl()).disown),
  lazy('nohup', async () => (await import('./coreutils/nohup.ts')).nohup),
  lazy('pgrep', async () => (await pgrep()).pgrep),
  lazy('pkill', async () => (await pgrep()).pkill),
  lazy('pidof', async () => (await pgrep()).pidof),
  { ...lazy('killall', async () => (await pgrep()).killall), onlyIn: 'machines' },
  lazy('whoami', async () => (await identity()).whoami),
  lazy('id', async () => (await identity()).id),
  lazy('realpath', async () => (await import('./coreutils/realpath.ts')).realpath),
  lazy('chown', async () => (await import('./coreutils/chown.ts')).chown),
  { ...lazy('envsubst', async () => (await import('./envsubst/envsubst.ts')).envsubst), onlyIn: 'machines' },
  lazy('kubeadm', async () => (await import('./kubeadm/kubeadm.ts')).kubeadm),
  lazy('watch', async () => (await import('./watch/watch.ts')).watch, { fillsScreen: true }),
  lazy('less', async () => (await import('./less/less.ts')).less, { fillsScreen: true }),
  lazy('more', async () => (await import('./less/less.ts')).more, { fillsScreen: true }),
  lazy('vi', async () => (await import('./vi/vi.ts')).vi),
  lazy('vim', async () => (await import('./vi/vi.ts')).vim),
  lazy('nano', async () => (await import('./vi/vi.ts')).nano),
  lazy('man', async () => (await import('./man/man.ts')).man),
  lazy('whatis', async () => (await import('./man/man.ts')).whatis),
  lazy('time', async () => (await import('./time/time.ts')).time),
  lazy('history', async () => (await import('./history/history.ts')).history),
  lazy('openssl', async () => (await import('./openssl/openssl.ts')).openssl),
  lazy('dig', async () => (await dnsTools()).dig),
  lazy('nslookup', async () => (await dnsTools()).nslookup),
  lazy('host', async () => (await dnsTools()).host),
  lazy('getent', async () => (await dnsTools()).getent),
  lazy('ip', async () => (await import('./ip/ip.ts')).ip),
  lazy('ss', async () => (await import('./ss/ss.ts')).ss),
  lazy('netstat', async () => (await import('./netstat/netstat.ts')).netstat),
  lazy('route', async () => (await import('./route/route.ts')).route),
  lazy('arp', async () => (await import('./arp/arp.ts')).arp),
  lazy('ifconfig', async () => (await import('./ifconfig/ifconfig.ts')).ifconfig),
  lazy('bridge', async () => (await import('./bridge/bridge.ts')).bridge),
  lazy('brctl', async () => (await import('./brctl/brctl.ts')).brctl),
  lazy('scp', async () => (await import('./scp/scp.ts')).scp),
  lazy('crictl', async () => (await import('./crictl/crictl.ts')).crictl),
  lazy('tcpdump', async () => (await import('./tcpdump/tcpdump.ts')).tcpdump),
  lazy('chroot', async () => (await import('./chroot/chroot.ts')).chroot),
  lazy('nsenter', async () => (await import('./nsenter/nsenter.ts')).nsenter),
  lazy('ps', async () => (await import('./ps/ps.ts')).ps),
  lazy('kubectl', async () => (await import('./kubectl/kubectl.ts')).kubectl),
  lazy('iptables', async () => (await iptables()).iptables),
  lazy('ip6tables', async () => (await iptables()).ip6tables),
  lazy('iptables-save', async () => (await iptables()).iptablesSave),
  lazy('ip6tables-save', async () => (await iptables()).ip6tablesSave),
  lazy('iptables-restore', async () => (await iptables()).iptablesRestore),
  lazy('ip6tables-restore', async () => (await iptables()).ip6tablesRestore),
  lazy('nft', async () => (await import('./nft/nft.ts')).nft),
  lazy('ipset', async () => (await import('./ipset/ipset.ts')).ipset),
  lazy('ipvsadm', async () => (await import('./ipvsadm/ipvsadm.ts')).ipvsadm),
  lazy('conntrack', async () => (await import('./conntrack/conntrack.ts')).conntrack),
  lazy('systemctl', async () => (await import('./systemctl/systemctl.ts')).systemctl),
  lazy('service', async () => (await import('./systemctl/systemctl.ts')).service),
  lazy('journalctl', async () => (await import('./journalctl/journalctl.ts')).journalctl),
  lazy('sysctl', async () => (await import('./sysctl/sysctl.ts')).sysctl),
  lazyInImages('weave', async () => (await import('./weave/weave.ts')).weave),
  lazyInImages('cilium', async () => (await import('./cilium/cilium.ts')).cilium),
  lazyInImages('cilium-dbg', async () => (await import('./cilium/cilium.ts')).ciliumDbg),
  lazy('mktemp', async () => (await import('./mktemp/mktemp.ts')).mktemp),
  ...components,
  date,
  hostname,
  lsmod,
  modprobe,
  sleep,
  ssh,
  su,
  sudo,
  uname,
];

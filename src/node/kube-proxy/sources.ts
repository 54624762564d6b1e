/**
 * Where in its sources each release logs from: those lines of its start that a reader meets. 1.36 is as recorded; earlier ones are as published
 * logs of kind and kubeadm clusters show them, a column standing for the releases from its version on.
 */
const columns = [36, 33, 29, 20] as const;

const table = {
  usingMode: ['server_linux.go:49', 'server_linux.go:53', 'server_linux.go:66', 'server_others.go:69'],
  strict: ['options.go:502', 'options.go:502', 'server.go:466', 'server.go:225'],
  inCluster: ['server.go:420', 'server.go:420', 'server.go:600', 'server.go:496'],
  nodeIps: ['server.go:228', 'server.go:219', 'server.go:1062', 'node.go:141'],
  incomplete: ['server.go:265', 'server.go:256', 'server.go:659', 'server.go:659'],
  dualStack: ['server.go:274', 'server.go:265', 'server.go:670', 'server_others.go:199'],
  noClusterCidr: ['server_linux.go:312', 'server_linux.go:320', 'server_linux.go:370', 'server_others.go:484'],
  iptablesProxier: ['server_linux.go:137', 'server_linux.go:132', 'server_linux.go:165', 'server_others.go:192'],
  ipvsProxier: ['server_linux.go:192', 'server_linux.go:189', 'server_linux.go:223', 'server_others.go:218'],
  ipvsDeprecated: ['server_linux.go:195', 'server_linux.go:195', 'server_linux.go:195', 'server_others.go:218'],
  nftablesProxier: ['server_linux.go:254', 'server_linux.go:247', 'server_linux.go:279', 'server_others.go:279'],
  userspaceProxier: ['server_others.go:272', 'server_others.go:272', 'server_others.go:272', 'server_others.go:272'],
  userspaceDeprecated: ['server_others.go:273', 'server_others.go:273', 'server_others.go:273', 'server_others.go:273'],
  scheduler: ['proxier.go:354', 'proxier.go:353', 'proxier.go:348', 'proxier.go:438'],
  routeLocalnet: ['proxier.go:241', 'proxier.go:242', 'proxier.go:255', 'proxier.go:253'],
  nftLoopback: ['proxier.go:543', 'proxier.go:519', 'proxier.go:504', 'proxier.go:504'],
  nftList: ['proxier.go:1169', 'proxier.go:1137', 'proxier.go:1121', 'proxier.go:1121'],
  sysctlMax: ['sysctls.go:147', 'conntrack.go:60', 'conntrack.go:58', 'conntrack.go:52'],
  sysctlSet: ['sysctls.go:191', 'conntrack.go:102', 'conntrack.go:100', 'conntrack.go:100'],
  version: ['server.go:539', 'server.go:527', 'server.go:872', 'server.go:658'],
  golang: ['server.go:541', 'server.go:529', 'server.go:874', 'server.go:660'],
  metrics: ['server.go:509', 'server.go:499', 'server.go:519', 'server.go:510'],
  serviceConfig: ['config.go:200', 'config.go:200', 'config.go:192', 'config.go:188'],
  sliceConfig: ['config.go:106', 'config.go:106', 'config.go:101', 'config.go:97'],
  serviceCidrConfig: ['config.go:403', 'config.go:403', 'config.go:403', 'config.go:403'],
  nodeConfig: ['config.go:309', 'config.go:309', 'config.go:319', 'config.go:315'],
  nodeWaiting: ['shared_informer.go:402', 'shared_informer.go:349', 'shared_informer.go:313', 'shared_informer.go:311'],
  nodeSynced: ['shared_informer.go:409', 'shared_informer.go:356', 'shared_informer.go:320', 'shared_informer.go:318'],
  waiting: ['shared_informer.go:381', 'shared_informer.go:349', 'shared_informer.go:313', 'shared_informer.go:311'],
  synced: ['shared_informer.go:388', 'shared_informer.go:356', 'shared_informer.go:320', 'shared_informer.go:318'],
  sliceKeys: ['endpointschangetracker.go:89', 'endpointschangetracker.go:89', 'endpointschangetracker.go:89', 'endpoints.go:305'],
  watch: ['reflector.go:227', 'reflector.go:205', 'reflector.go:158', 'reflector.go:138'],
  dummyServer: ['supported.go:108', 'proxier.go:108', 'proxier.go:108', 'proxier.go:108'],
  running: ['server.go:136', 'server.go:133', 'server.go:556', 'server.go:495'],
  failed: ['run.go:72', 'run.go:72', 'run.go:74', 'run.go:74'],
} as const;

export type Source = keyof typeof table;

export function sourceOf(source: Source, minorVersion: number): string {
  const column = columns.findIndex((version) => minorVersion >= version);
  return table[source][column < 0 ? columns.length - 1 : column]!;
}

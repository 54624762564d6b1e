import { describe, expect, it } from '@jest/globals';
import { cniSettings, defaultSettings } from '#node/cni/containerd-settings.ts';
import { loadNetworks, networkNotReady } from '#node/cni/load.ts';
import { emptyTree, withFiles } from '#node/files.ts';

const bridge = '{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"}]}';

/** What containerd has loaded, in one line. */
function loaded(files: Readonly<Record<string, string>>): string {
  const tree = withFiles(
    emptyTree,
    Object.entries(files).map(([name, text]) => [`/etc/cni/net.d/${name}`, text] as const),
    '',
  );
  const networks = loadNetworks(tree, defaultSettings);
  if (!networks.ok) return networks.error.replace(/^cni config load failed: (.*): failed to load cni config$/s, '$1');
  return networks.value
    .map(({ list, ifName, file }) => `${ifName} ${list.name} [${list.plugins.map((one) => one.type).join(' ')}] ${file}`)
    .join('; ');
}

const list = (text: string) => `failed to load CNI config list file /etc/cni/net.d/10-x.conflist: ${text}: invalid cni config`;
const single = (text: string) => `failed to load CNI config file /etc/cni/net.d/10-x.conf: ${text}: invalid cni config`;

describe('which file is in force', () => {
  it.each<[what: string, files: Readonly<Record<string, string>>, said: string]>([
    ['no directory', {}, 'no network config found in /etc/cni/net.d: cni plugin not initialized'],
    [
      'other extensions',
      { '10-x.conflist.bak': bridge, 'README.md': '' },
      'no network config found in /etc/cni/net.d: cni plugin not initialized',
    ],
    ['one list', { '10-x.conflist': bridge }, 'eth0 net [bridge] /etc/cni/net.d/10-x.conflist'],
    ['bytewise: 10 before 9', { '9-a.conflist': bridge, '10-b.conflist': bridge }, 'eth0 net [bridge] /etc/cni/net.d/10-b.conflist'],
    ['upper case first', { 'a.conflist': bridge, 'B.conflist': bridge }, 'eth0 net [bridge] /etc/cni/net.d/B.conflist'],
    ['a hidden one first', { '0.conflist': bridge, '.a.conflist': bridge }, 'eth0 net [bridge] /etc/cni/net.d/.a.conflist'],
    [
      'a single plugin',
      { '10-x.conf': '{"cniVersion":"1.0.0","name":"one","type":"bridge"}' },
      'eth0 one [bridge] /etc/cni/net.d/10-x.conf',
    ],
    ['a single plugin in .json', { 'x.json': '{"name":"one","type":"ptp"}' }, 'eth0 one [ptp] /etc/cni/net.d/x.json'],
    [
      'a broken first one hides the rest',
      { '10-x.conflist': '{', '20-y.conflist': bridge },
      list('error parsing configuration list: unexpected end of JSON input'),
    ],
    [
      'plugins of a directory',
      { '10-x.conflist': '{"name":"net"}', 'net/a.conf': '{"type":"ptp"}' },
      'eth0 net [ptp] /etc/cni/net.d/10-x.conflist',
    ],
  ])('%s', (_, files, said) => expect(loaded(files)).toBe(said));
});

describe('broken lists', () => {
  it.each<[text: string, said: string]>([
    ['', 'error parsing configuration list: unexpected end of JSON input'],
    ['{"name":"x",}', `error parsing configuration list: invalid character '}' looking for beginning of object key string`],
    ['name: x', `error parsing configuration list: invalid character 'a' in literal null (expecting 'u')`],
    ['[]', 'error parsing configuration list: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['{"plugins":[{"type":"x"}]}', 'error parsing configuration list: no name'],
    ['{"name":1}', 'error parsing configuration list: invalid name type float64'],
    ['{"name":"x","cniVersion":1}', 'error parsing configuration list: invalid cniVersion type float64'],
    ['{"name":"x","plugins":[]}', 'error parsing configuration list: no plugins in list'],
    ['{"name":"x","plugins":{}}', `error parsing configuration list: invalid 'plugins' type map[string]interface {}`],
    ['{"name":"x","plugins":"bridge"}', `error parsing configuration list: invalid 'plugins' type string`],
    ['{"name":"x","plugins":null}', `error parsing configuration list: invalid 'plugins' type <nil>`],
    ['{"name":"x","plugin":[]}', 'no plugin configs found'],
    ['{"name":"x","plugins":[{}]}', `failed to parse plugin config 0: error parsing configuration: missing 'type'`],
    [
      '{"name":"x","plugins":[{"type":"a"},{"type":3}]}',
      'failed to parse plugin config 1: error parsing configuration: json: cannot unmarshal number into Go struct field PluginConf.type of type string',
    ],
    [
      '{"name":"x","plugins":["bridge"]}',
      'failed to parse plugin config 0: error parsing configuration: json: cannot unmarshal string into Go value of type types.PluginConf',
    ],
    [
      '{"name":"x","disableCheck":"maybe","plugins":[{"type":"a"}]}',
      'error parsing configuration list: invalid value "maybe" for disableCheck',
    ],
    [
      '{"name":"x","plugins":[{"type":"a","capabilities":["portMappings"]}]}',
      'failed to parse plugin config 0: error parsing configuration: json: cannot unmarshal array into Go struct field PluginConf.capabilities of type map[string]bool',
    ],
  ])('%s', (text, said) => expect(loaded({ '10-x.conflist': text })).toBe(list(said)));
});

describe('broken single files', () => {
  it.each<[text: string, said: string]>([
    [bridge, `error parsing configuration: missing 'type'`],
    ['{"name":"x"', 'error parsing configuration: unexpected end of JSON input'],
  ])('%s', (text, said) => expect(loaded({ '10-x.conf': text })).toBe(single(said)));
});

it('says what the kubelet is told', () => {
  expect(networkNotReady(emptyTree, defaultSettings)).toEqual({
    reason: 'NetworkPluginNotReady',
    message: 'Network plugin returns error: cni plugin not initialized',
  });
});

describe('settings of containerd', () => {
  it.each<[text: string, settings: object]>([
    ['', defaultSettings],
    [
      '[plugins."io.containerd.grpc.v1.cri".cni]\n  bin_dir = "/usr/lib/cni"\n  conf_dir = "/etc/x" # why\n  max_conf_num = 0\n',
      { confDir: '/etc/x', binDirs: ['/usr/lib/cni'], maxConfNum: 0 },
    ],
    [`[plugins.'io.containerd.cri.v1.runtime'.cni]\nbin_dirs = ['/a', '/b']\n`, { ...defaultSettings, binDirs: ['/a', '/b'] }],
    ['[other]\nbin_dir = "/x"\n', defaultSettings],
  ])('%j', (text, settings) => expect(cniSettings(text)).toEqual(settings));
});

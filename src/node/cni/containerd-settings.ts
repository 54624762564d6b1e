/** What containerd's configuration says of CNI (containerd internal/cri/config): version 2 and 3 files, `bin_dir` and `bin_dirs`. */

export interface CniSettings {
  readonly confDir: string;
  readonly binDirs: readonly string[];
  /** How many files of the directory are networks; 0 is all of them. */
  readonly maxConfNum: number;
}

export const defaultSettings: CniSettings = { confDir: '/etc/cni/net.d', binDirs: ['/opt/cni/bin'], maxConfNum: 1 };

const section = /^\[plugins\.['"]io\.containerd\.(grpc\.v1\.cri|cri\.v1\.runtime)['"]\.cni\]$/;

/** Reads the `cni` section of a config.toml; what is not there has its default. `text` is what containerd read when it started. */
export function cniSettings(text = ''): CniSettings {
  let within = false;
  let settings = defaultSettings;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\s#.*$/, '').trim();
    if (line.startsWith('[')) within = section.test(line);
    const [, key, value] = /^(\w+)\s*=\s*(.+)$/.exec(line) ?? [];
    if (!within || key === undefined) continue;
    const texts = [...value!.matchAll(/["']([^"']*)["']/g)].map((match) => match[1]!);
    if (key === 'conf_dir' && texts[0] !== undefined) settings = { ...settings, confDir: texts[0] };
    if ((key === 'bin_dir' || key === 'bin_dirs') && texts.length > 0) settings = { ...settings, binDirs: texts };
    if (key === 'max_conf_num' && /^\d+$/.test(value!)) settings = { ...settings, maxConfNum: Number(value) };
  }
  return settings;
}

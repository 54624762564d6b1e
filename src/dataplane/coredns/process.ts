/** The program `coredns`: its command line, its Corefile, its start. (coredns: coremain/run.go; Go: flag) */
import { createServer, tellsProcessors, type CorednsServer } from './server.ts';
import { buildOf } from './release.ts';
import { pluginNames } from './plugins/index.ts';
import type { Environment, LogLine } from './plugin.ts';

export interface Started {
  /** Standard output until it answers, or until its end. */
  readonly stdout: readonly LogLine[];
  readonly stderr: string;
  /** Absent: it runs. */
  readonly exitCode?: number;
  readonly server?: CorednsServer;
}

const usage = `Usage of /coredns:
  -conf string
    \tCorefile to load (default "Corefile")
  -dns.port string
    \tDefault port (default "53")
  -p string
    \tDefault port (default "53")
  -pidfile string
    \tPath to write pid file
  -plugins
    \tList installed plugins
  -quiet
    \tQuiet mode (no initialization output)
  -version
    \tShow version
`;

interface Flags {
  conf: string;
  port: string;
  quiet: boolean;
  version: boolean;
  plugins: boolean;
  readonly rest: string[];
}

const texts: { readonly [flag: string]: 'conf' | 'port' | 'pidfile' } = { conf: 'conf', 'dns.port': 'port', p: 'port', pidfile: 'pidfile' };
const switches = new Set(['quiet', 'version', 'plugins']);

/** Reads flags as Go does: one dash or two, `=` or the next word; the first other word ends them. */
function parseFlags(args: readonly string[]): Flags | { readonly problem: string; readonly code: number } {
  const flags: Flags = { conf: '', port: '53', quiet: false, version: false, plugins: false, rest: [] };
  for (let at = 0; at < args.length; at++) {
    const match = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(args[at]!);
    if (!match || args[at] === '-') {
      flags.rest.push(...args.slice(args[at] === '--' ? at + 1 : at));
      break;
    }
    const [, name = '', value] = match;
    if (name === 'h' || name === 'help') return { problem: usage, code: 0 };
    const text = texts[name];
    if (text !== undefined) {
      const given = value ?? args[++at];
      if (given === undefined) return { problem: `flag needs an argument: -${name}\n${usage}`, code: 2 };
      if (text !== 'pidfile') flags[text] = given;
    } else if (switches.has(name)) flags[name as 'quiet'] = value !== 'false';
    else return { problem: `flag provided but not defined: -${name}\n${usage}`, code: 2 };
  }
  return flags;
}

/** Starts the process at a time (Unix milliseconds). */
export function startCoredns(environment: Environment, at: number): Started {
  const { files, version, processors } = environment;
  const flags = parseFlags(environment.args);
  if ('problem' in flags) return { stdout: [], stderr: flags.problem, exitCode: flags.code };
  const stdout: LogLine[] = [];
  const ended = (stderr: string, exitCode = 1): Started => ({ stdout, stderr, exitCode });
  if (flags.rest.length > 0) {
    const stamp = new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
    return ended(`${stamp} extra command line arguments: [${flags.rest.join(' ')}]\n`);
  }
  if (tellsProcessors(version)) stdout.push({ at, text: `maxprocs: Leaving GOMAXPROCS=${processors}: CPU quota undefined` });
  const { go, commit } = buildOf(version);
  if (flags.version) stdout.push({ at, text: `CoreDNS-${version}` }, { at, text: `linux/amd64, ${go}, ${commit}` });
  if (flags.plugins)
    stdout.push({
      at,
      text: `Server types:\n  dns\n\nCaddyfile loaders:\n  flag\n  default\n\nOther plugins:\n${[...pluginNames(version)]
        .sort()
        .map((name) => `  dns.${name}\n`)
        .join('')}`,
    });
  if (flags.version || flags.plugins) return ended('', 0);
  const path = flags.conf || 'Corefile';
  if (flags.conf !== '' && files.isDirectory(path)) return ended(`loading Caddyfile via flag: read ${path}: is a directory\n`);
  const corefile = files.read(path);
  if (corefile === undefined && flags.conf !== '') return ended(`loading Caddyfile via flag: open ${path}: no such file or directory\n`);
  const created = createServer(corefile ?? '', environment, at, { fileName: path, port: flags.port, quiet: flags.quiet });
  if (!created.ok) return { stdout: [...stdout, ...created.error.log], stderr: created.error.error, exitCode: 1 };
  return { stdout: [...stdout, ...created.value.startupLog], stderr: '', server: created.value };
}

/** Zones from all master files of a directory. (coredns: plugin/auto) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { parseDuration } from '../../go/duration.ts';
import { compileRegexp, type GoRegexp } from '../../go/regexp.ts';
import type { CorednsPlugin, Setup } from '../../plugin.ts';
import { Fallthrough, normalizeName, zoneOf } from '../../zone.ts';
import { ZoneFiles, serveZones } from '../file/file.ts';

interface Settings {
  directory: string;
  pattern: GoRegexp;
  /** `{1}` in it is the pattern's first group. */
  template: string;
  origins: readonly string[];
}

export const auto: CorednsPlugin = {
  name: 'auto',
  setup(setup) {
    const settings = parse(setup);
    const { files } = setup.environment;
    const zones = new ZoneFiles(files);
    const fall = new Fallthrough();
    /** Takes in the files that have come since. */
    const walk = (log: (text: string) => void) => {
      for (const path of files.glob(`${settings.directory}/*`)) {
        const groups = settings.pattern.find(path.slice(path.lastIndexOf('/') + 1));
        if (!groups) continue;
        const origin = normalizeName(groups.reduce((text, group, index) => text.replaceAll(`{${index}}`, group), settings.template));
        if (zones.origins.includes(origin) || zoneOf(settings.origins, origin) === undefined) continue;
        try {
          zones.add(origin, path);
          log(`[INFO] plugin/auto: Inserting zone \`${origin}' from: ${path}`);
        } catch (error) {
          if (!(error instanceof CorefileError)) throw error;
          log(`[WARNING] plugin/auto: Parse zone \`${origin}': ${error.message}`);
        }
      }
    };
    setup.hook('auto', {
      start(context) {
        if (settings.directory === '' || !files.isDirectory(settings.directory))
          context.log(`[WARNING] plugin/auto: error reading ${settings.directory}: lstat ${settings.directory}: no such file or directory`);
        else walk((text) => context.log(text));
        return undefined;
      },
    });
    setup.add({
      name: 'auto',
      serve(request, next) {
        walk(() => undefined);
        return serveZones(request, next, 'auto', zones.origins, (origin) => zones.get(origin), fall);
      },
    });
  },
};

function parse(setup: Setup): Settings {
  const all = compileRegexp('db\\.(.*)');
  if (!all.ok) throw new Error(all.error);
  const settings: Settings = { directory: '', pattern: all.value, template: '{1}', origins: [] };
  while (setup.next()) {
    settings.origins = setup.zonesOr(setup.remainingArgs());
    while (setup.nextBlock()) {
      const option = setup.word();
      if (option === 'directory') parseDirectory(setup, settings);
      else if (option === 'reload') {
        const [interval] = setup.remainingArgs();
        if (interval === undefined) throw new CorefileError('reload duration value is expected');
        const duration = parseDuration(interval);
        if (!duration.ok || duration.value < 0)
          throw new CorefileError(`plugin/file: ${duration.ok ? 'invalid duration' : duration.error}`);
      } else if (option !== 'upstream') throw setup.error(`unknown property '${option}'`);
      else setup.remainingArgs();
    }
  }
  return settings;
}

function parseDirectory(setup: Setup, settings: Settings): void {
  if (!setup.nextArg()) throw setup.argumentError();
  const word = setup.word();
  settings.directory = word.startsWith('/') || setup.block.root === '' ? word : `${setup.block.root}/${word}`;
  if (!setup.environment.files.isDirectory(settings.directory))
    setup.log(`[WARNING] plugin/auto: Directory does not exist: ${settings.directory}`);
  if (setup.nextArg()) {
    const pattern = compileRegexp(setup.word());
    if (!pattern.ok) throw new CorefileError(pattern.error);
    if (pattern.value.groups === 0) throw setup.error('Need at least one sub expression');
    settings.pattern = pattern.value;
    if (!setup.nextArg()) throw setup.argumentError();
    settings.template = setup.word();
  }
  if (setup.nextArg()) throw setup.argumentError();
}

/** Zones from master files. (coredns: plugin/file) */
import type { ResourceRecord } from '../../../dns/message.ts';
import { parseZone } from '../../../dns/zonefile.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { formatDuration, minute, parseDuration } from '../../go/duration.ts';
import { quote } from '../../go/quote.ts';
import { nameOf, written, type CorednsFiles, type CorednsPlugin, type Handler, type Request, type Result } from '../../plugin.ts';
import { Fallthrough, zoneOf } from '../../zone.ts';
import { Zone } from './zone.ts';

/** The zone in a file's text, and the error of one that cannot be read. */
function readZone(files: CorednsFiles, path: string, text: string, origin: string): Zone {
  const records = parseZone(text, {
    origin,
    read: (included) => files.read(included.startsWith('/') ? included : `${path.replace(/\/[^/]*$/, '')}/${included}`),
  });
  if (!records.ok) throw new CorefileError(`file ${quote(path)}: ${records.error}`);
  const zone = new Zone(origin, records.value as ResourceRecord[]);
  if (zone.soa === undefined) throw new CorefileError(`file ${quote(path)} has no SOA record for origin ${origin}`);
  return zone;
}

/** Zones that follow their files. */
export class ZoneFiles {
  readonly #files: CorednsFiles;
  readonly #zones = new Map<string, { readonly path: string; text: string | undefined; zone: Zone | undefined }>();

  constructor(files: CorednsFiles) {
    this.#files = files;
  }

  get origins(): readonly string[] {
    return [...this.#zones.keys()];
  }

  /** Adds a zone; throws when its file is there and wrong. Returns whether it is there. */
  add(origin: string, path: string): boolean {
    const text = this.#files.read(path);
    this.#zones.set(origin, { path, text, zone: text === undefined ? undefined : readZone(this.#files, path, text, origin) });
    return text !== undefined;
  }

  /** The zone as its file is now; a file that has become wrong leaves the old zone. */
  get(origin: string): Zone | undefined {
    const kept = this.#zones.get(origin);
    if (kept === undefined) return undefined;
    const text = this.#files.read(kept.path);
    if (text !== undefined && text !== kept.text) {
      kept.text = text;
      try {
        kept.zone = readZone(this.#files, kept.path, text, origin);
      } catch (error) {
        if (!(error instanceof CorefileError)) throw error;
      }
    }
    return kept.zone;
  }
}

/** Answers from zones, or hands on. */
export function serveZones(
  request: Request,
  next: Handler,
  plugin: string,
  origins: readonly string[],
  zone: (origin: string) => Zone | undefined,
  fall: Fallthrough,
): Result {
  const name = nameOf(request);
  const origin = zoneOf(origins, name);
  if (origin === undefined) return next(request);
  const reply = zone(origin)?.reply(request, plugin);
  if (reply === undefined) return { rcode: 'SERVFAIL' };
  return reply.rcode === 'NXDOMAIN' && fall.through(name) ? next(request) : written(reply);
}

export const file: CorednsPlugin = {
  name: 'file',
  setup(setup) {
    const { files } = setup.environment;
    const zones = new ZoneFiles(files);
    const fall = new Fallthrough();
    let missing: string | undefined;
    let interval = minute;
    while (setup.next()) {
      if (!setup.nextArg()) throw setup.argumentError();
      const word = setup.word();
      const path = word.startsWith('/') || setup.block.root === '' ? word : `${setup.block.root}/${word}`;
      for (const origin of setup.zonesOr(setup.remainingArgs())) if (!zones.add(origin, path)) missing = path;
      while (setup.nextBlock()) {
        const option = setup.word();
        const args = setup.remainingArgs();
        if (option === 'fallthrough') fall.set(args);
        else if (option === 'reload') {
          if (args.length < 1) throw new CorefileError('reload duration value is expected');
          const duration = parseDuration(args[0]!);
          if (!duration.ok) throw new CorefileError(`plugin/file: ${duration.error}`);
          interval = duration.value;
        } else if (option !== 'upstream') throw setup.error(`unknown property '${option}'`);
      }
    }
    if (missing !== undefined) {
      const problem = `open ${missing}: no such file or directory`;
      if (interval === 0) throw new CorefileError(`plugin/file: ${problem}`);
      setup.log(`[WARNING] plugin/file: Failed to open ${quote(problem)}: trying again in ${formatDuration(interval)}`);
    }
    setup.add({
      name: 'file',
      serve: (request, next) => serveZones(request, next, 'file', zones.origins, (origin) => zones.get(origin), fall),
    });
  },
};

/** Programs without a mind of their own: web servers, toolboxes, and whatever image is unknown. */
import { whyMissing } from '#node/missing-program.ts';
import type { ContainerContext, Exit, Program, Started } from '#node/program.ts';
import { courseOf } from './command.ts';
import { listenersOf, respond, type UsualPort } from './listening.ts';

export interface PlainOptions {
  readonly tools?: Program['tools'];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly usual?: readonly UsualPort[];
  /** The name of the process, as `ss -p` shows it. */
  readonly process: string;
  /** Lines at the start, when it runs its own command. */
  readonly logs?: (context: ContainerContext) => NonNullable<Started['logs']>;
  /** Its own command ends at once unless it is given a terminal (shells), or ends always with this status. */
  readonly ends?: 'without-terminal' | { readonly code: number; readonly stderr: string };
  readonly size?: number;
  readonly pull?: number;
  readonly serve?: Program['serve'];
  readonly stopsAfter?: number;
  /** Its entrypoint puts the process's name before flags, and before whatever is no program of the image. */
  readonly prefixes?: true;
}

export function plain(options: PlainOptions): Program {
  const { entrypoint = [], cmd = [] } = options;
  return {
    tools: options.tools ?? 'all',
    entrypoint,
    cmd,
    image: { pull: options.pull ?? 1200, size: options.size ?? 50_000_000 },
    serve: options.serve ?? ((context, request) => respond(context, request)),
    start(context): Started {
      const words = wordsOf(context, options);
      const own = words === undefined;
      const listeners = listenersOf(context, options.usual ?? [], options.process, own);
      const terminal = context.container.tty === true || context.container.stdin === true;
      if (words !== undefined) {
        const fails = missing(words[0]!, options.tools);
        if (fails !== undefined) return { listeners: [], fails };
        const course = courseOf(words, context.container.stdin === true);
        // What is read from an attached terminal, whoever attaches carries out.
        if (course === undefined) return { listeners, ...(!terminal && { executes: words }) };
        const exit: Exit | undefined = course.lasts === Infinity ? undefined : { after: course.lasts, code: course.code };
        return { listeners, logs: course.logs, ...(exit !== undefined && { exit }) };
      }
      if (options.ends === 'without-terminal' && !terminal) return { listeners: [], exit: { after: 50, code: 0 } };
      if (typeof options.ends === 'object' && context.container.args === undefined)
        return { listeners: [], logs: [{ stderr: options.ends.stderr }], exit: { after: 50, code: options.ends.code } };
      return {
        listeners,
        logs: options.logs?.(context) ?? [],
        ...(options.stopsAfter !== undefined && { stopsAfter: options.stopsAfter }),
        ...(options.stopsAfter === undefined && options.ends === undefined && { stopsAfter: 100 }),
      };
    },
  };
}

/** Of images whose programs are listed it is certain that they lack these where the list does. */
const wellKnown = new Set(
  'bash curl dig host ip jq kubectl nano nc nslookup ping python python3 ss tcpdump telnet traceroute wget'.split(' '),
);

/** What containerd and runc say of a program that the image does not have; undefined where nobody knows. */
function missing(program: string, tools: Program['tools'] | undefined): string | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (tools === undefined || tools === 'all' || tools.has(name) || !wellKnown.has(name)) return undefined;
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: ${JSON.stringify(program)}: ${whyMissing(program)}: unknown`;
}

/**
 * The command line that takes the place of the image's own: `command`, or `args` that the entrypoint of an image hands on, as
 * `docker-entrypoint.sh` does with whatever is no flag. Undefined: the image's own runs.
 */
function wordsOf({ container, argv }: ContainerContext, options: PlainOptions): readonly string[] | undefined {
  const { entrypoint = [], process, prefixes = false, tools } = options;
  const { command, args } = container;
  if (command !== undefined || (args !== undefined && entrypoint.length === 0)) return argv;
  const [first = ''] = args ?? [];
  if (args === undefined) return undefined;
  if (!prefixes) return first === process || first.startsWith('-') ? undefined : args;
  const isThere = tools === undefined || tools === 'all' || tools.has(first);
  return first.startsWith('-') || !isThere ? [process, ...args] : args;
}

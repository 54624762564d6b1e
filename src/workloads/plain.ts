/** Programs without a mind of their own: web servers, toolboxes, and whatever image is unknown. */
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
      const own = context.container.command === undefined && (context.container.args === undefined || entrypoint.length > 0);
      const course = courseOf(context.argv);
      const listeners = listenersOf(context, options.usual ?? [], options.process, own);
      if (course !== undefined && !own) {
        const exit: Exit | undefined = course.lasts === Infinity ? undefined : { after: course.lasts, code: course.code };
        return { listeners, logs: course.logs, ...(exit !== undefined && { exit }) };
      }
      const terminal = context.container.tty === true || context.container.stdin === true;
      if (own && options.ends === 'without-terminal' && !terminal) return { listeners: [], exit: { after: 50, code: 0 } };
      if (own && typeof options.ends === 'object' && context.container.args === undefined)
        return { listeners: [], logs: [{ stderr: options.ends.stderr }], exit: { after: 50, code: options.ends.code } };
      return {
        listeners,
        logs: own ? (options.logs?.(context) ?? []) : [],
        ...(options.stopsAfter !== undefined && { stopsAfter: options.stopsAfter }),
        ...(options.stopsAfter === undefined && options.ends === undefined && { stopsAfter: 100 }),
      };
    },
  };
}

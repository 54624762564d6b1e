import { traceView } from '#ui/trace-view.ts';
import { traceFlow, unknownEnd } from '#lab/flows.ts';
import { parseSource, parseTarget, sourceForms, targetForms } from '#learn/endpoint.ts';
import type { Flow } from '#learn/flow-schema.ts';
import { exitCodes, Failure } from '../../failure.ts';
import { openLesson } from '../../open-lesson.ts';
import { readScenario } from '../../read-scenario.ts';
import { openTerminal } from '../../terminal.ts';
import { traceFlows } from './flows.ts';
import { printMatrix } from './matrix.ts';

export interface TraceOptions {
  readonly from?: string;
  readonly to?: string;
  readonly method?: string;
  readonly header?: readonly string[];
  readonly host?: string;
  readonly connectTo?: string;
  readonly flows?: string;
  readonly matrix?: boolean;
  readonly port?: string;
  readonly namespace?: readonly string[];
  readonly output?: string;
  readonly seed?: string;
  readonly color?: boolean;
}

/** `cka-net trace <scenario>`: the walk of one packet, of every flow in a file, or from everybody to everybody. What becomes of the packet is no failure of the trace. */
export async function trace(name: string, options: TraceOptions): Promise<number> {
  const { flows, output = 'text', seed = '0', color } = options;
  if (flows !== undefined) {
    if (options.from !== undefined || options.to !== undefined)
      throw new Failure('--flows says where its flows go; leave --from and --to out');
    if (flows === '-' && name === '-') throw new Failure('the scenario and the flows cannot both come from standard input');
    const lesson = await openLesson(await readScenario(name, seed), seed);
    return (await traceFlows(lesson.lab, flows)) ? exitCodes.ok : exitCodes.no;
  }
  if (options.matrix === true) {
    if (options.from !== undefined || options.to !== undefined)
      throw new Failure('--matrix goes from everybody to everybody; leave --from and --to out');
    const lesson = await openLesson(await readScenario(name, seed), seed);
    printMatrix(lesson.lab, openTerminal({ color }), output, options.port, options.namespace);
    return exitCodes.ok;
  }
  const needless = (['port', 'namespace'] as const).find((one) => options[one] !== undefined);
  if (needless !== undefined) throw new Failure(`--${needless} goes with --matrix; of one packet, --to says the port`);
  const flow = flowOf(options);
  const { lab } = await openLesson(await readScenario(name, seed), seed);
  const unknown = unknownEnd(lab.snapshot, flow);
  if (unknown !== undefined) throw new Failure(`${unknown}; \`cka-net inspect ${name}\` shows what there is`);
  const walked = traceFlow(lab, flow);
  const terminal = openTerminal({ color });
  if (output === 'json') terminal.print([JSON.stringify({ id: null, ...walked }, undefined, 2)]);
  else terminal.print(traceView(walked, { columns: terminal.columns, theme: terminal.theme }));
  return exitCodes.ok;
}

/** The flow that the options describe. */
function flowOf({ from, to, method, header = [], host, connectTo }: TraceOptions): Flow {
  if (from === undefined || to === undefined)
    throw new Failure('say where the packet starts and where it goes: --from F --to T, --flows FILE or --matrix');
  if (parseSource(from) === undefined) throw new Failure(`--from ${from}: must be ${sourceForms}`);
  if (parseTarget(to) === undefined) throw new Failure(`--to ${to}: must be ${targetForms}`);
  const headers = header.map((text) => {
    const found = /^([^:\s]+):\s*(.*)$/.exec(text);
    if (found === null) throw new Failure(`--header "${text}": must be NAME: VALUE`);
    return [found[1]!, found[2]!] as const;
  });
  return {
    from,
    to,
    ...(method !== undefined && { method }),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(host !== undefined && { host }),
    ...(connectTo !== undefined && { connectTo }),
  };
}

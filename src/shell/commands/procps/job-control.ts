/** jobs, fg, bg and disown, as bash has them built in (bash 5.2: builtins/jobs.def, fg_bg.def). */
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { processOf, type Job, type Jobs } from '../../jobs.ts';
import { changeBackground } from '../../network/forwarded.ts';

type Act = (jobs: Jobs, args: readonly string[], here: Here, io: Io) => Output;

function builtin(name: string, act: Act): Command {
  return { name, run: (args, io, here) => (io.jobs === undefined ? output('') : act(io.jobs, args, here, io)) };
}

/** The jobs that are named; without any name, the newest. */
function named(name: string, jobs: Jobs, specs: readonly string[]): readonly Job[] | Output {
  const found: Job[] = [];
  for (const spec of specs.length === 0 ? ['%%'] : specs) {
    const job = jobs.find(spec.startsWith('%') ? spec : `%${spec}`);
    if (job === undefined) return failure(`bash: ${name}: ${specs.length === 0 ? 'current' : spec}: no such job\n`);
    found.push(job);
  }
  return found;
}

export const jobs = builtin('jobs', (all, args) => {
  const letters = args.filter((arg) => /^-[lnprs]+$/.test(arg)).join('');
  const specs = args.filter((arg) => !arg.startsWith('-'));
  const unknown = args.find((arg) => arg.startsWith('-') && !/^-[lnprs]+$/.test(arg));
  if (unknown !== undefined)
    return failure(
      `bash: jobs: ${unknown.slice(0, 2)}: invalid option\njobs: usage: jobs [-lnprs] [jobspec ...] or jobs -x command [args]\n`,
      2,
    );
  const chosen = specs.length === 0 ? all.list : named('jobs', all, specs);
  if ('exitCode' in chosen) return chosen;
  const listed = letters.includes('s') ? [] : chosen.filter((job) => !letters.includes('r') || job.ended === undefined);
  const lines = listed.map((job) => (letters.includes('p') ? `${job.pid}\n` : all.line(job, letters.includes('l'))));
  // What has been told of once is forgotten.
  for (const job of listed) if (job.ended !== undefined) all.remove(job);
  return output(lines.join(''));
});

export const fg = builtin('fg', (all, args, here, { interactive }) => {
  if (interactive !== true) return failure('bash: fg: no job control\n');
  const found = named('fg', all, args.slice(0, 1));
  if ('exitCode' in found) return found;
  const [job] = found as [Job];
  if (job.ended !== undefined) {
    const line = all.line(job);
    all.remove(job);
    return failure(`bash: fg: job has terminated\n${line}`);
  }
  // In the foreground it would go on for ever: it shows itself, and is ended as by Ctrl-C.
  if (processOf(here.lab, job) !== undefined && job.node !== undefined)
    changeBackground(here.lab, job.node, job.pid, (process) => ({ ...process, ended: { signal: 'INT' } }));
  all.remove(job);
  return output(`${job.text}\n`);
});

export const bg = builtin('bg', (all, args, _here, { interactive }) => {
  if (interactive !== true) return failure('bash: bg: no job control\n');
  const found = named('bg', all, args);
  if ('exitCode' in found) return found;
  return failure(found.map(({ number }) => `bash: bg: job ${number} already in background\n`).join(''), 0);
});

export const disown = builtin('disown', (all, args) => {
  const specs = args.filter((arg) => !arg.startsWith('-'));
  const found = args.includes('-a') ? all.list : named('disown', all, specs);
  if ('exitCode' in found) return found;
  for (const job of found) if (!args.includes('-h')) all.remove(job);
  return output('');
});

/** mktemp(1) of GNU coreutils, and of busybox: a file or directory that there was not (coreutils src/mktemp.c). */
import { stream } from '#kube/chance.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

interface Wish {
  directory: boolean;
  /** Only the name is wanted. */
  dry: boolean;
  quiet: boolean;
  /** The template is a name in a directory for such files. */
  inside: string | undefined;
  /** The template is the name of a file (-t), not a path. */
  named: boolean;
  suffix: string;
}

export const mktemp: Command = {
  name: 'mktemp',
  run(args, io, here) {
    const wish: Wish = { directory: false, dry: false, quiet: false, inside: undefined, named: false, suffix: '' };
    const templates: string[] = [];
    const usual = io.env.get('TMPDIR') || '/tmp';
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (arg === '--') {
        templates.push(...args.slice(i + 1));
        break;
      }
      if (arg === '--directory') wish.directory = true;
      else if (arg === '--dry-run') wish.dry = true;
      else if (arg === '--quiet') wish.quiet = true;
      else if (arg === '--tmpdir') wish.inside = usual;
      else if (arg.startsWith('--tmpdir=')) wish.inside = arg.slice('--tmpdir='.length) || usual;
      else if (arg.startsWith('--suffix=')) wish.suffix = arg.slice('--suffix='.length);
      else if (/^-[duqt]*p/.test(arg) && !arg.startsWith('--')) {
        const given = arg.slice(arg.indexOf('p') + 1) || args[++i];
        if (given === undefined) return failure(`mktemp: option requires an argument -- 'p'\n${hint}`);
        readLetters(arg.slice(1, arg.indexOf('p')), wish, usual);
        wish.inside = given;
      } else if (/^-[duqt]+$/.test(arg)) readLetters(arg.slice(1), wish, usual);
      else if (arg.startsWith('--')) return failure(`mktemp: unrecognized option '${arg}'\n${hint}`);
      else if (arg.startsWith('-') && arg !== '-')
        return failure(`mktemp: invalid option -- '${arg.replace(/^-[duqt]*/, '')[0] ?? ''}'\n${hint}`);
      else templates.push(arg);
    }
    if (templates.length > 1) return failure(`mktemp: too many templates\n${hint}`);
    const [template] = templates;
    if (template === undefined) wish.inside ??= usual;
    return make(template ?? 'tmp.XXXXXXXXXX', wish, io, here);
  },
};

const hint = "Try 'mktemp --help' for more information.\n";

function readLetters(given: string, wish: Wish, usual: string): void {
  if (given.includes('d')) wish.directory = true;
  if (given.includes('u')) wish.dry = true;
  if (given.includes('q')) wish.quiet = true;
  if (given.includes('t')) {
    wish.inside ??= usual;
    wish.named = true;
  }
}

async function make(
  template: string,
  { directory, dry, quiet, inside, named, suffix: given }: Wish,
  io: Io,
  { lab }: Here,
): Promise<Output> {
  const quote = (text: string) => localeQuoted(io.env, text);
  const refuse = (message: string) => failure(quiet ? '' : `mktemp: ${message}\n`);
  const [, before, marks, behind] = /^(.*?)(X+)([^X]*)$/s.exec(template) ?? [];
  if (given !== '' && !template.endsWith('X')) return refuse(`with --suffix, template ${quote(template)} must end in X`);
  if (before === undefined || marks!.length < 3) return refuse(`too few X's in template ${quote(template)}`);
  const suffix = behind! + given;
  if (suffix.includes('/')) return refuse(`invalid suffix ${quote(suffix)}, contains directory separator`);
  if (named && template.includes('/')) return refuse(`invalid template, ${quote(template)}, contains directory separator`);
  if (inside !== undefined && template.startsWith('/'))
    return refuse(`invalid template, ${quote(template)}; with --tmpdir, it may not be absolute`);
  const draw = stream(`${lab.snapshot.cluster.seed}/mktemp/${template}/${lab.now}`);
  for (;;) {
    const name = Array.from(marks!, () => letters[draw() % letters.length]).join('');
    const shown = `${inside === undefined ? '' : `${inside.replace(/\/$/, '')}/`}${before}${name}${suffix}`;
    const path = shown.startsWith('/') ? shown : `${io.cwd.replace(/\/$/, '')}/${shown}`;
    if (io.files.lstat(path) !== undefined) continue;
    const parent = path.slice(0, path.lastIndexOf('/')) || '/';
    const what = directory ? 'directory' : 'file';
    const whole = `${inside === undefined ? '' : `${inside.replace(/\/$/, '')}/`}${template}${given}`;
    if (!dry && io.files.list(parent) === undefined)
      return refuse(`failed to create ${what} via template ${quote(whole)}: No such file or directory`);
    if (!dry) {
      if (directory) await io.run(['mkdir', path]);
      else io.files.write(path, '');
      await io.run(['chmod', directory ? '700' : '600', path]);
    }
    return output(`${shown}\n`);
  }
}

/** The command line of ipset(8). (ipset 7.17: src/ipset.c, lib/ipset.c, lib/errcode.c) */
import type { IpSets } from '#node/netfilter.ts';
import type { IpSet, IpSetType } from '#node/ipvs.ts';
import { isCovered, parseElement, sortedMembers } from './element.ts';
import { IpsetProblem, syntaxError } from './problem.ts';
import { headerOf, isSetType, makeSet, memoryOf } from './set.ts';

export interface IpsetSurroundings {
  readonly sets: IpSets;
  /** How many rules of the packet filter name a set. */
  readonly references: (set: string) => number;
  /** Without CAP_NET_ADMIN the kernel answers nothing. */
  readonly permitted: boolean;
  readonly stdin: string;
  readonly read: (file: string) => string | undefined;
  readonly write: (file: string, text: string) => void;
}

export interface IpsetRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Absent when nothing changed. */
  readonly sets?: IpSets;
}

const version = 'ipset v7.17';

/** Every way to write a command. */
const commands: Readonly<Record<string, string>> = {
  create: 'create',
  '-N': 'create',
  n: 'create',
  '--create': 'create',
  add: 'add',
  '-A': 'add',
  '--add': 'add',
  del: 'del',
  '-D': 'del',
  '--del': 'del',
  test: 'test',
  '-T': 'test',
  '--test': 'test',
  destroy: 'destroy',
  x: 'destroy',
  '-X': 'destroy',
  '--destroy': 'destroy',
  list: 'list',
  '-L': 'list',
  '--list': 'list',
  save: 'save',
  '-S': 'save',
  '--save': 'save',
  restore: 'restore',
  '-R': 'restore',
  '--restore': 'restore',
  flush: 'flush',
  '-F': 'flush',
  '--flush': 'flush',
  rename: 'rename',
  e: 'rename',
  '-E': 'rename',
  '--rename': 'rename',
  swap: 'swap',
  w: 'swap',
  '-W': 'swap',
  '--swap': 'swap',
  help: 'help',
  '-H': 'help',
  '-h': 'help',
  '--help': 'help',
  version: 'version',
  '-v': 'version',
  '-V': 'version',
  '--version': 'version',
};

/** Names of types from before ipset 6. */
const oldTypes: Readonly<Record<string, IpSetType>> = {
  iphash: 'hash:ip',
  nethash: 'hash:net',
  ipporthash: 'hash:ip,port',
  ipportiphash: 'hash:ip,port,ip',
  ipportnethash: 'hash:ip,port,net',
  portmap: 'bitmap:port',
  setlist: 'list:set',
};

interface Options {
  exist: boolean;
  quiet: boolean;
  names: boolean;
  terse: boolean;
  sorted: boolean;
  format?: string;
  file?: string;
}

interface Line {
  readonly command: string | undefined;
  readonly words: readonly string[];
  readonly options: Options;
}

/** Options stand anywhere; what is no option is the command, and then its arguments. */
function parseLine(argv: readonly string[]): Line {
  const options: Options = { exist: false, quiet: false, names: false, terse: false, sorted: false };
  const words: string[] = [];
  let command: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const next = () => {
      const value = argv[++i];
      if (value === undefined) throw new IpsetProblem(`Missing mandatory argument to option ${word}`, 2);
      return value;
    };
    if (word === '-!' || word === '-exist' || word === '--exist') options.exist = true;
    else if (word === '-q' || word === '-quiet' || word === '--quiet') options.quiet = true;
    else if (word === '-n' || word === '-name' || word === '--name') options.names = true;
    else if (word === '-t' || word === '-terse' || word === '--terse') options.terse = true;
    else if (word === '-s' || word === '-sorted' || word === '--sorted') options.sorted = true;
    else if (word === '-r' || word === '-resolve' || word === '--resolve') continue;
    else if (word === '-o' || word === '-output' || word === '--output') options.format = next();
    else if (word === '-f' || word === '-file' || word === '--file') options.file = next();
    else if (command === undefined) {
      command = commands[word];
      if (command === undefined) throw new IpsetProblem(`No command specified: unknown argument ${word}`, 2);
    } else words.push(word);
  }
  return { command, words, options };
}

export function runIpset(argv: readonly string[], surroundings: IpsetSurroundings): IpsetRun {
  const draft = new Draft(surroundings);
  let options: Options | undefined;
  try {
    const line = parseLine(argv);
    ({ options } = line);
    const exitCode = draft.run(line);
    return { stdout: draft.stdout, stderr: draft.stderr, exitCode, ...(draft.changed && { sets: draft.sets }) };
  } catch (error) {
    if (!(error instanceof IpsetProblem)) throw error;
    const hint = error.status === 2 ? "Try `ipset help' for more information.\n" : '';
    const stderr = options?.quiet === true ? '' : `${version}: ${error.message}\n${hint}`;
    return { stdout: draft.stdout, stderr: draft.stderr + stderr, exitCode: error.status, ...(draft.changed && { sets: draft.sets }) };
  }
}

const absent = 'The set with the given name does not exist';

class Draft {
  readonly #surroundings: IpsetSurroundings;
  sets: Map<string, IpSet>;
  changed = false;
  stdout = '';
  stderr = '';

  constructor(surroundings: IpsetSurroundings) {
    this.#surroundings = surroundings;
    this.sets = new Map(surroundings.sets);
  }

  run({ command, words, options }: Line): number {
    if (command === undefined) throw new IpsetProblem('No command specified.', 2);
    const needed = { create: 2, add: 2, del: 2, test: 2, rename: 2, swap: 2 }[command] ?? 0;
    if (words.length < Math.min(needed, 1)) throw new IpsetProblem(`Missing mandatory argument to command ${command}`, 2);
    if (words.length < needed) throw new IpsetProblem(`Missing second mandatory argument to command ${command}`, 2);
    if (command === 'help') {
      this.stdout += help;
      return 0;
    }
    if (!this.#surroundings.permitted) {
      const refused = 'Kernel error received: Operation not permitted';
      if (command !== 'version') throw new IpsetProblem(refused);
      this.stderr += `${version}: ${refused}\n`;
    }
    if (command === 'version') {
      this.stdout += `${version}, protocol version: 7\n`;
      return this.#surroundings.permitted ? 0 : 1;
    }
    if (command === 'restore') return this.#restore(options);
    if (command === 'list' || command === 'save') return this.#show(command, words, options);
    return this.#change(command, words, options);
  }

  #existing(name: string): IpSet {
    const set = this.sets.get(name);
    if (set === undefined) throw new IpsetProblem(absent);
    return set;
  }

  #put(set: IpSet): void {
    this.sets.set(set.name, set);
    this.changed = true;
  }

  /** Rules and sets that name it. */
  #references(name: string): number {
    const lists = [...this.sets.values()].filter(({ type, members }) => type === 'list:set' && members.includes(name));
    return lists.length + this.#surroundings.references(name);
  }

  #change(command: string, words: readonly string[], options: Options): number {
    const [name = '', second = '', ...rest] = words;
    switch (command) {
      case 'create':
        this.#create(name, second, rest, options);
        return 0;
      case 'add':
      case 'del':
      case 'test':
        return this.#element(command, name, second, rest, options);
      case 'flush':
        for (const set of name === '' ? [...this.sets.values()] : [this.#existing(name)])
          if (set.members.length > 0) this.#put({ ...set, members: [] });
        return 0;
      case 'destroy':
        this.#destroy(name);
        return 0;
      case 'rename':
        this.#rename(this.#existing(name), second);
        return 0;
      default:
        this.#swap(this.#existing(name), second);
        return 0;
    }
  }

  #create(name: string, typeName: string, rest: readonly string[], { exist }: Options): void {
    const type = oldTypes[typeName] ?? typeName;
    if (!isSetType(type)) throw syntaxError(`typename '${typeName}' is unknown`);
    const values = new Map<string, string>();
    const known =
      type === 'bitmap:port' ? ['range'] : type === 'list:set' ? ['size'] : ['family', 'hashsize', 'maxelem', 'bucketsize', 'initval'];
    for (let i = 0; i < rest.length; i += 2) {
      const option = rest[i]!;
      if (!known.includes(option)) throw new IpsetProblem(`Unknown argument: \`${option}'`, 2);
      const value = rest[i + 1];
      if (value === undefined) throw new IpsetProblem(`Missing mandatory argument of option \`${option}'`, 2);
      if (!['family', 'range'].includes(option) && !/^(0x[0-9a-f]+|\d+)$/i.test(value))
        throw syntaxError(`'${value}' is invalid as number`);
      values.set(option, value);
    }
    const range = values.get('range');
    if (type === 'bitmap:port' && range === undefined) throw new IpsetProblem("Mandatory option `range' is missing", 2);
    if (this.sets.has(name)) {
      if (exist) return;
      throw new IpsetProblem('Set cannot be created: set with the same name already exists');
    }
    const number = (option: string, field: string) => (values.has(option) ? { [field]: Number(values.get(option)) } : {});
    const made = makeSet(name, type, values.get('family') === 'inet6' ? 'inet6' : 'inet', []);
    const initval = values.get('initval');
    this.#put({
      ...made,
      ...number('hashsize', 'hashsize'),
      ...number('maxelem', 'maxelem'),
      ...number('size', 'size'),
      ...(range !== undefined && { range }),
      ...(initval !== undefined && { initval }),
    });
  }

  #element(command: 'add' | 'del' | 'test', name: string, text: string, rest: readonly string[], { exist, quiet }: Options): number {
    const set = this.#existing(name);
    if (rest[0] === 'timeout') throw new IpsetProblem('Timeout cannot be used: set was created without timeout support');
    if (rest.length > 0) throw new IpsetProblem(`Unknown argument: \`${rest[0]}'`, 2);
    const elements = parseElement(set, text);
    if (set.type === 'list:set' && !this.sets.has(text))
      throw new IpsetProblem('Set to be added/deleted/tested as element does not exist.');
    if (command === 'test') {
      const found = elements.every((element) => isCovered(set, element));
      if (!quiet) this.stderr += found ? `Warning: ${text} is in set ${name}.\n` : `${text} is NOT in set ${name}.\n`;
      return found ? 0 : 1;
    }
    const members = new Set(set.members);
    try {
      for (const element of elements) {
        const known = members.has(element);
        if (known === (command === 'add')) {
          if (exist) continue;
          throw new IpsetProblem(
            known ? "Element cannot be added to the set: it's already added" : "Element cannot be deleted from the set: it's not added",
          );
        }
        if (command === 'del') members.delete(element);
        else if (set.maxelem !== undefined && members.size >= set.maxelem) throw new IpsetProblem('Hash is full, cannot add more elements');
        else members.add(element);
      }
    } finally {
      if (members.size !== set.members.length) this.#put({ ...set, members: [...members] });
    }
    return 0;
  }

  #destroy(name: string): void {
    const targets = name === '' ? [...this.sets.values()] : [this.#existing(name)];
    if (targets.some((set) => this.#references(set.name) > 0))
      throw new IpsetProblem('Set cannot be destroyed: it is in use by a kernel component');
    for (const set of targets) this.sets.delete(set.name);
    this.changed ||= targets.length > 0;
  }

  #rename(set: IpSet, to: string): void {
    if (this.#references(set.name) > 0) throw new IpsetProblem('Set cannot be renamed: it is in use by another system');
    if (this.sets.has(to)) throw new IpsetProblem('Set cannot be renamed: a set with the new name already exists');
    this.sets = new Map([...this.sets].map(([name, one]) => (one === set ? [to, { ...set, name: to }] : [name, one])));
    this.changed = true;
  }

  #swap(set: IpSet, other: string): void {
    const second = this.sets.get(other);
    if (second === undefined) throw new IpsetProblem('Sets cannot be swapped: the second set does not exist');
    if (set.type !== second.type || set.family !== second.family)
      throw new IpsetProblem('The sets cannot be swapped: their type does not match');
    this.#put({ ...second, name: set.name });
    this.#put({ ...set, name: other });
  }

  #restore(outer: Options): number {
    const { file } = outer;
    const text = file === undefined ? this.#surroundings.stdin : this.#surroundings.read(file);
    if (text === undefined) throw new IpsetProblem(`Cannot open ${file} for reading: No such file or directory`);
    for (const [i, line] of text.split('\n').entries()) {
      const words = line.trim().split(/\s+/);
      if (words[0] === '' || words[0]!.startsWith('#') || words[0] === 'COMMIT') continue;
      const parsed = parseLine(words);
      parsed.options.exist ||= outer.exist;
      try {
        this.run(parsed);
      } catch (error) {
        if (!(error instanceof IpsetProblem) || error.status === 2) throw error;
        throw new IpsetProblem(`Error in line ${i + 1}: ${error.message}`);
      }
    }
    return 0;
  }

  #show(command: 'list' | 'save', words: readonly string[], options: Options): number {
    const [name, extra] = words;
    if (extra !== undefined) throw new IpsetProblem(`Unknown argument ${extra}`, 2);
    const shown = name === undefined ? [...this.sets.values()] : [this.#existing(name)];
    const text = this.#text(command === 'save' ? 'save' : (options.format ?? 'plain'), shown, options);
    if (options.file === undefined) this.stdout += text;
    else this.#surroundings.write(options.file, text);
    return 0;
  }

  #text(format: string, sets: readonly IpSet[], { names, terse, sorted }: Options): string {
    if (names) return sets.map(({ name }) => `${name}\n`).join('');
    const membersOf = ({ members }: IpSet) => (sorted ? sortedMembers(members) : members);
    switch (format) {
      case 'save':
        return sets
          .map((set) => {
            const adds = membersOf(set).map((member) => `add ${set.name} ${member}\n`);
            return `create ${set.name} ${set.type} ${headerOf(set)}\n${adds.join('')}`;
          })
          .join('');
      case 'plain':
        return sets
          .map(
            (set) =>
              this.#head(set) +
              (terse
                ? ''
                : `Members:\n${membersOf(set)
                    .map((member) => `${member}\n`)
                    .join('')}`),
          )
          .join('\n');
      case 'xml':
        return `<ipsets>\n${sets.map((set) => this.#xml(set, membersOf(set))).join('')}</ipsets>\n`;
      default:
        throw syntaxError(`unknown output mode '${format}'`);
    }
  }

  #head(set: IpSet): string {
    return (
      `Name: ${set.name}\nType: ${set.type}\nRevision: ${set.revision}\nHeader: ${headerOf(set)}\n` +
      `Size in memory: ${memoryOf(set)}\nReferences: ${this.#references(set.name)}\nNumber of entries: ${set.members.length}\n`
    );
  }

  #xml(set: IpSet, members: readonly string[]): string {
    const header = headerOf(set).replace(/(\S+) (\S+) ?/g, '<$1>$2</$1>');
    const elements = members.map((member) => `<member><elem>${member}</elem></member>\n`).join('');
    return (
      `<ipset name="${set.name}">\n<type>${set.type}</type>\n<revision>${set.revision}</revision>\n<header>${header}\n` +
      `<memsize>${memoryOf(set)}</memsize>\n<references>${this.#references(set.name)}</references>\n` +
      `<numentries>${set.members.length}</numentries>\n</header>\n<members>\n${elements}</members>\n</ipset>\n`
    );
  }
}

const help = `${version}

Usage: ipset [options] COMMAND

Commands:
create SETNAME TYPENAME [type-specific-options]
add SETNAME ENTRY
del SETNAME ENTRY
test SETNAME ENTRY
destroy [SETNAME]
list [SETNAME]
save [SETNAME]
restore
flush [SETNAME]
rename FROM-SETNAME TO-SETNAME
swap FROM-SETNAME TO-SETNAME
help
version

Options:
-o plain|save|xml
-q
-s
-!
-n
-t
-f
`;

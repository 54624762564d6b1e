import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What moves the cursor and changes colours, and the carriage returns of a terminal's line ends. */
const controls = /\u001b\[[0-9;?]*[a-zA-Z]|\u001b\][^\u0007]*\u0007|\u001b[()][A-Z0-9]|\u001b[=>78D]|\r/g;

/** A real terminal, driven by keys and read as a screen: a session of tmux on a server of its own. */
export class Tmux {
  readonly #server = `cka-net-${process.pid}-${Math.random().toString(36).slice(2)}`;
  readonly #output = join(tmpdir(), `${this.#server}.out`);

  /** Runs a shell line in a window of this size. */
  constructor(line: string, columns = 80, rows = 24, env: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), ...variables, 'sh');
    this.#tmux('set-option', '-g', 'history-limit', '20000');
    // A second window gets the longer history; an interactive shell has job control.
    this.#tmux('new-window', ...variables, '-e', 'PS1=at$ ', 'bash', '--norc', '-i');
    this.#tmux('pipe-pane', '-o', `cat > ${this.#output}`);
    this.type(line);
    this.press('Enter');
  }

  static get isThere(): boolean {
    return spawnSync('tmux', ['-V']).status === 0;
  }

  /** Types a text as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', '--', text);
  }

  /** Presses keys by tmux's names: `Enter`, `C-c`, `Down`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Pastes a text; `bracketed`: with the marks around it that a terminal sets when the program asks for them. */
  paste(text: string, { bracketed = false } = {}): void {
    this.#tmux('set-buffer', '--', text);
    this.#tmux('paste-buffer', ...(bracketed ? ['-p'] : []));
  }

  /** Resizes the window; tmux lets the programs in it know some time later, which is waited for. */
  async resize(columns: number, rows: number): Promise<void> {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
    const tty = this.#tmux('display-message', '-p', '#{pane_tty}').trim();
    for (let waited = 0; waited < 100; waited++) {
      const { stdout } = spawnSync('stty', ['-F', tty, 'size'], { encoding: 'utf8' });
      if (stdout.trim() === `${rows} ${columns}`) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the window did not become ${columns}×${rows}`);
  }

  /** Everything on the screen, and what has scrolled away. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-').replace(/\n+$/, '\n');
  }

  /** The rows of the window as they are. */
  rows(): readonly string[] {
    return this.#tmux('capture-pane', '-p').replace(/\n$/, '').split('\n');
  }

  /** Whether the cursor can be seen. */
  get cursorShows(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** Waits until a line that fits has been printed since the last wait. */
  async waitFor(what: RegExp, seconds = 20): Promise<void> {
    for (let waited = 0; waited < seconds * 20; waited++) {
      const printed = existsSync(this.#output) ? readFileSync(this.#output, 'utf8').replace(controls, '') : '';
      const found = new RegExp(what, 'm').exec(printed.slice(this.#seen));
      if (found !== null) {
        this.#seen += found.index + found[0].length;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${String(what)} did not come. The screen:\n${this.screen()}`);
  }
  #seen = 0;

  /** Hangs up, and waits for whoever still writes what is to be kept. */
  close(): void {
    const sessions = new Set(this.#tmux('list-panes', '-a', '-F', '#{pane_pid}').trim().split('\n'));
    this.#tmux('kill-server');
    for (let waited = 0; waited < 100 && isAlive(sessions); waited++) spawnSync('sleep', ['0.05']);
    rmSync(this.#output, { force: true });
  }

  #tmux(...args: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8' });
    if (status !== 0 && args[0] !== 'kill-server') throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** Reports whether a process runs in one of these sessions. */
function isAlive(sessions: ReadonlySet<string>): boolean {
  return readdirSync('/proc').some((pid) => {
    const stat = /^\d+$/.test(pid) ? statOf(pid) : '';
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && session !== undefined && sessions.has(session);
  });
}

/** Empty when it has ended meanwhile. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

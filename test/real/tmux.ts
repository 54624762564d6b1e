import { spawnSync } from 'node:child_process';

/** A real terminal, driven by keys and read as a screen: a session of tmux on a server of its own. */
export class Tmux {
  readonly #server = `cka-net-${process.pid}-${Math.random().toString(36).slice(2)}`;

  /** Runs a shell line in a window of this size. */
  constructor(line: string, columns = 80, rows = 24, env: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), ...variables, 'sh');
    this.#tmux('set-option', '-g', 'history-limit', '20000');
    // A second window gets the longer history.
    this.#tmux('new-window', ...variables, 'sh', '-c', `${line}; exec sh`);
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

  paste(text: string): void {
    this.#tmux('set-buffer', '--', text);
    this.#tmux('paste-buffer');
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Everything on the screen, and what has scrolled away. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-').replace(/\n+$/, '\n');
  }

  /** Whether the cursor can be seen. */
  get cursorShows(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** Waits until something stands on the screen after what was there at the last wait. */
  async waitFor(what: RegExp, seconds = 20): Promise<string> {
    for (let waited = 0; waited < seconds * 20; waited++) {
      const screen = this.screen();
      const found = new RegExp(what, 'm').exec(screen.slice(this.#seen));
      if (found !== null) {
        this.#seen += found.index + found[0].length;
        return screen;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${String(what)} did not come. The screen:\n${this.screen()}`);
  }
  #seen = 0;

  close(): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8' });
    if (status !== 0 && args[0] !== 'kill-server') throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** calico-node's log: lines of logrus in Calico's own form. */

type Level = 'INFO' | 'WARNING' | 'ERROR';

export class CalicoLog {
  readonly lines: string[] = [];
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** `source` is a component, a file and a line: `startup/startup.go 105`. */
  write(level: Level, source: string, message: string, pid = 9): void {
    const time = new Date(this.#now).toISOString().replace('T', ' ').replace('Z', '');
    this.lines.push(`${time} [${level}][${pid}] ${source}: ${message}`);
    this.#now += 1;
  }

  info(source: string, message: string, pid?: number): void {
    this.write('INFO', source, message, pid);
  }

  /** A line that is not of logrus: BIRD's, or of the start script. */
  plain(line: string): void {
    this.lines.push(line);
  }

  wait(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

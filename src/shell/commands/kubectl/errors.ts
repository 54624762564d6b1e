/** What can go wrong in kubectl, as values; `checkErr` in check-err.ts words them. */
import type { Status } from '#kube/status.ts';

/** What the program has to say of a command that it cannot carry out. Whatever else is thrown is a mistake of ours, and surfaces as one. */
export class KubectlError extends Error {}

/** The API server refused: `Error from server (NotFound): …`. */
export class ApiError extends KubectlError {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }

  /** The same refusal with the source of the object named (cli-runtime: resource.AddSourceToErr). */
  whilst(verb: string, source: string): ApiError {
    return new ApiError({ ...this.status, message: `error when ${verb} ${JSON.stringify(source)}: ${this.status.message}` });
  }
}

/** The request never reached an API server; Go's `url.Error`. */
export class ConnectionError extends KubectlError {
  readonly method: string;
  readonly url: string;

  constructor(method: string, url: string, why: string) {
    super(why);
    this.method = method;
    this.url = url;
  }
}

/** Several errors, each of which is printed for itself; one of them may be several again (utilerrors.Aggregate). */
export class AggregateErrors extends KubectlError {
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    const messages = [...new Set(errors.flatMap(leaves).map(({ message }) => message))];
    super(messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`);
    this.errors = errors;
  }
}

function leaves(error: Error): readonly Error[] {
  return error instanceof AggregateErrors ? error.errors.flatMap(leaves) : [error];
}

/** No resource type of that name is served (meta.NoKindMatchError, meta.NoResourceMatchError). */
export class NoMatchError extends KubectlError {}

/** The command line is wrong (cmdutil.UsageErrorf): the text, then where to find help. */
export class UsageError extends KubectlError {}

/** The program ends with this status; what there was to say has been said (cmdutil.ErrExit, utilexec.ExitError). */
export class ExitError extends KubectlError {
  readonly code: number;

  constructor(code: number, message = '') {
    super(message);
    this.code = code;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status.reason === 'NotFound';
}

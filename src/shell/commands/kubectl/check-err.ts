/** kubectl's words for what went wrong (staging:kubectl/pkg/cmd/util/helpers.go, checkErr and StandardErrorMessage). */
import type { Status, StatusCause } from '#kube/status.ts';
import { quote } from '#kube/json.ts';
import { AggregateErrors, ApiError, ConnectionError, ExitError, NoMatchError } from './errors.ts';

/** What goes to stderr, its line break included, and the status to exit with. */
export interface Failure {
  readonly text: string;
  readonly code: number;
}

export function checkErr(error: Error): Failure {
  const [only, second] = error instanceof AggregateErrors ? error.errors : [];
  if (only !== undefined && second === undefined) return failure(only);
  return failure(error);
}

function failure(error: Error): Failure {
  if (error instanceof ExitError) return { text: line(error.message), code: error.code };
  return { text: line(messageOf(error)), code: 1 };
}

function line(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function messageOf(error: Error): string {
  if (error instanceof ApiError && error.status.reason === 'Invalid') return invalidMessage(error.status);
  if (error instanceof AggregateErrors) return error.errors.map((one) => `${messageForError(one)}\n`).join('');
  if (error instanceof NoMatchError) return error.message;
  const standard = standardMessage(error);
  if (standard !== undefined) return standard;
  return error.message.startsWith('error: ') ? error.message : `error: ${error.message}`;
}

/** One line about one of several errors. */
function messageForError(error: Error): string {
  return standardMessage(error) ?? error.message;
}

/** What kubectl says of errors that come from a server, or from the way to it; undefined for others. */
export function standardMessage(error: Error): string | undefined {
  if (error instanceof ApiError) {
    const { reason, message } = error.status;
    if (reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`;
    return reason === '' ? `Error from server: ${message}` : `Error from server (${reason}): ${message}`;
  }
  if (error instanceof ConnectionError) {
    if (!error.message.includes('connection refused')) return `Unable to connect to the server: ${error.message}`;
    return `The connection to the server ${new URL(error.url).host} was refused - did you specify the right host or port?`;
  }
  return undefined;
}

/** `The Service "web" is invalid: …`: each cause once, one a line when there are several. */
function invalidMessage({ message, details }: Status): string {
  if (details === undefined) return `The request is invalid: ${message}`;
  const { kind = '', name = '', causes = [] } = details;
  const subject = kind !== '' || name !== '' ? `The ${kind} ${quote(name)} is invalid` : 'The request is invalid';
  if (causes.length > 0) return multiline(`${subject}: `, [...new Set(causes.map(causeText))]);
  return kind === '' && name === '' && message !== '' ? `${subject}: ${message}` : subject;
}

function causeText({ field = '', message }: StatusCause): string {
  return field === '' ? message : `${field}: ${message}`;
}

/** One error behind the prefix, several below it (cmdutil.MultilineError). */
export function multiline(prefix: string, errors: readonly string[]): string {
  return errors.length === 1 ? `${prefix}${errors[0]!}\n` : `${prefix}\n${errors.map((one) => `* ${one}\n`).join('')}`;
}

/** `--raw`: one request, its path and body as they are given (kubectl: pkg/rawhttp/raw.go). */
import { normalize } from '#node/files.ts';
import type { Invocation } from './invocation.ts';
import { KubectlError } from './errors.ts';

export interface RawFlags {
  readonly raw: string;
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly output: string;
  readonly selector?: string;
}

/** Sends the file, and prints what the server answers. */
export function sendRaw(kubectl: Invocation, method: 'POST' | 'PUT', { raw, filename, recursive, output, selector = '' }: RawFlags): void {
  const refuse = (text: string) => kubectl.usageError(`--raw ${text}`);
  const [file] = filename;
  if (filename.length !== 1) throw refuse('can only use a single local file or stdin');
  if (/^https?:\/\//.test(file!)) throw refuse('cannot read from a url');
  if (recursive) throw refuse('and --recursive are mutually exclusive');
  if (selector !== '') throw refuse('and --selector (-l) are mutually exclusive');
  if (output !== '') throw refuse('and --output are mutually exclusive');
  if (!raw.startsWith('/')) throw refuse(`must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`);
  const body = file === '-' ? kubectl.stdin() : kubectl.io.files.read(normalize(file!, kubectl.io.cwd));
  if (body === undefined) throw new KubectlError(`open ${file!}: no such file or directory`);
  const [path = '', query = ''] = raw.split('?');
  const answer = kubectl.client.request(method, path, { query: Object.fromEntries(new URLSearchParams(query)), body }).body;
  kubectl.out(typeof answer === 'string' ? answer : `${JSON.stringify(answer)}\n`);
}

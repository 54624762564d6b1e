/** `kubectl cp`, which is tar through exec (staging:kubectl/pkg/cmd/cp/cp.go). */
import { normalize } from '#node/files.ts';
import { containerNamed, getPod, openContainer, placeOfContainer } from '../containers.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { bool, int, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { defineVerb } from '../verb.ts';

interface FileSpec {
  readonly namespace: string;
  readonly pod: string;
  readonly path: string;
}

export const cp = defineVerb({
  name: 'cp',
  use: 'cp <file-spec-src> <file-spec-dest>',
  short: 'Copy files and directories to and from containers',
  examples: ['kubectl cp web:/etc/nginx/nginx.conf ./nginx.conf', 'kubectl cp ./index.html shop/web:/usr/share/nginx/html/index.html'],
  flags: {
    container: string('The container; else the annotated one or the first.', '', { shorthand: 'c' }),
    'no-preserve': bool("Do not keep the file's owner and rights."),
    retries: int('How often to try again.', 0),
  },
  run: async (kubectl, { args, flags }) => {
    if (args.length !== 2) throw new KubectlError('source and destination are required');
    const [source, target] = args.map(fileSpec) as [FileSpec, FileSpec];
    if (source.pod !== '' && target.pod !== '') throw new KubectlError('one of src or dest must be a local file specification');
    if (source.path === '' || target.path === '') throw new KubectlError('filepath can not be empty');
    if (source.pod !== '') await copyFrom(kubectl, source, target, flags.container);
    else if (target.pod !== '') await copyTo(kubectl, source, target, flags.container);
    else throw new KubectlError('one of src or dest must be a remote file specification');
  },
});

/** `[[NAMESPACE/]POD:]PATH` */
function fileSpec(text: string): FileSpec {
  const colon = text.indexOf(':');
  if (colon < 0) return { namespace: '', pod: '', path: text };
  if (colon === 0) throw new KubectlError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  const parts = text.slice(0, colon).split('/');
  if (parts.length > 2) throw new KubectlError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  return { namespace: parts.length === 2 ? parts[0]! : '', pod: parts.at(-1)!, path: text.slice(colon + 1) };
}

function remote(kubectl: Invocation, { namespace, pod: name }: FileSpec, container: string) {
  const pod =
    namespace === ''
      ? getPod(kubectl, name)
      : kubectl.client.get<ReturnType<typeof getPod>>(kubectl.client.mapper.forArgument('pods'), namespace, name);
  const { name: chosen } = containerNamed(kubectl, pod, container, false);
  openContainer(kubectl, pod, chosen, 'exec', { command: 'tar' });
  const place = placeOfContainer(pod, chosen);
  if (!kubectl.io.has('tar', place)) {
    throw new KubectlError(
      'Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "tar": executable file not found in $PATH: unknown',
    );
  }
  return place;
}

async function copyFrom(kubectl: Invocation, source: FileSpec, target: FileSpec, container: string): Promise<void> {
  const at = remote(kubectl, source, container);
  if (source.path.startsWith('/')) kubectl.err("tar: Removing leading `/' from member names\n");
  const { stdout, exitCode } = await kubectl.io.run(['cat', source.path], { at });
  if (exitCode !== 0) {
    kubectl.err(`tar: ${source.path}: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n`);
    throw new ExitError(2, 'command terminated with exit code 2');
  }
  const path = normalize(target.path, kubectl.io.cwd);
  const name = source.path.slice(source.path.lastIndexOf('/') + 1);
  kubectl.io.files.write(kubectl.io.files.list(path) === undefined ? path : `${path}/${name}`, stdout);
}

async function copyTo(kubectl: Invocation, source: FileSpec, target: FileSpec, container: string): Promise<void> {
  const path = normalize(source.path, kubectl.io.cwd);
  const text = kubectl.io.files.read(path);
  if (text === undefined) throw new KubectlError(`${source.path} doesn't exist in local filesystem`);
  const at = remote(kubectl, target, container);
  const name = source.path.slice(source.path.lastIndexOf('/') + 1);
  const file = target.path.endsWith('/') ? `${target.path}${name}` : target.path;
  const { stderr, exitCode } = await kubectl.io.run(['tee', file], { at, stdin: text });
  if (exitCode !== 0) {
    kubectl.err(stderr);
    throw new ExitError(exitCode, `command terminated with exit code ${exitCode}`);
  }
}

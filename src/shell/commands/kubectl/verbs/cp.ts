/** `kubectl cp`, which is tar through exec (staging:kubectl/pkg/cmd/cp/cp.go). */
import { normalize } from '#node/files.ts';
import type { Files } from '../../../command.ts';
import { PlaceFiles } from '../../../files/place-files.ts';
import { isApplet } from '../../../network/dialect.ts';
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
  run: (kubectl, { args, flags }) => {
    if (args.length !== 2) throw new KubectlError('source and destination are required');
    const [source, target] = args.map(fileSpec) as [FileSpec, FileSpec];
    if (source.pod !== '' && target.pod !== '') throw new KubectlError('one of src or dest must be a local file specification');
    if (source.path === '' || target.path === '') throw new KubectlError('filepath can not be empty');
    if (source.pod !== '') copyFrom(kubectl, source, target, flags.container);
    else if (target.pod !== '') copyTo(kubectl, source, target, flags.container);
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

/** The files below a path, by what follows it: '' for the path itself when it is a file. */
function filesBelow(files: Files, path: string): readonly string[] {
  const names = files.list(path);
  if (names === undefined) return [''];
  return names.flatMap((name) => filesBelow(files, `${path}/${name}`).map((rest) => `/${name}${rest}`));
}

function baseName(path: string): string {
  return path.replace(/\/+$/, '').replace(/^.*\//, '');
}

function failed(kubectl: Invocation, stderr: string, exitCode: number): never {
  kubectl.err(stderr);
  throw new ExitError(exitCode, `command terminated with exit code ${exitCode}`);
}

/** A directory's files come into the target, whether or not that is there; a file becomes the target (copyFromPod, untarAll). */
function copyFrom(kubectl: Invocation, source: FileSpec, target: FileSpec, container: string): void {
  const place = remote(kubectl, source, container);
  const there = new PlaceFiles(kubectl.here.lab, place);
  const from = normalize(source.path, '/');
  const absolute = source.path.startsWith('/');
  if (there.stat(from) === undefined && there.list(from) === undefined) {
    const removing = absolute ? "tar: Removing leading `/' from member names\n" : '';
    const missing = `tar: ${source.path}: Cannot stat: No such file or directory\n`;
    failed(kubectl, `${removing}${missing}tar: Exiting with failure status due to previous errors\n`, 2);
  }
  if (absolute) kubectl.err("tar: Removing leading `/' from member names\n");
  const { files, cwd } = kubectl.io;
  const to = normalize(target.path, cwd);
  for (const rest of filesBelow(there, from)) {
    if (files.list(`${to}${rest}`) !== undefined) throw new KubectlError(`open ${baseName(target.path)}: is a directory`);
    files.write(`${to}${rest}`, there.read(`${from}${rest}`) ?? '');
  }
}

/** Into the target where that is a directory, else under its name; its parent must be there (copyToPod, checkDestinationIsDir). */
function copyTo(kubectl: Invocation, source: FileSpec, target: FileSpec, container: string): void {
  const { files, cwd } = kubectl.io;
  const from = normalize(source.path, cwd);
  if (files.stat(from) === undefined && files.list(from) === undefined)
    throw new KubectlError(`${source.path} doesn't exist in local filesystem`);
  const place = remote(kubectl, target, container);
  const there = new PlaceFiles(kubectl.here.lab, place);
  const named = normalize(target.path, '/');
  const to = there.list(named) === undefined ? named : normalize(baseName(from), named);
  const parent = to.replace(/\/[^/]*$/, '') || '/';
  if (there.list(parent) === undefined) {
    if (isApplet({ lab: kubectl.here.lab, place }, 'tar'))
      failed(kubectl, `tar: can't change directory to '${parent}': No such file or directory\n`, 1);
    const fatal = 'tar: Error is not recoverable: exiting now\n';
    failed(kubectl, `tar: ${parent}: Cannot open: No such file or directory\n${fatal}`, 2);
  }
  for (const rest of filesBelow(files, from)) there.write(`${to}${rest}`, files.read(`${from}${rest}`) ?? '');
  there.save();
}

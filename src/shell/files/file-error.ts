/** Errors of files, as Node spells them: what the interpreter and its programs expect. */
export type FileErrno = 'ENOENT' | 'EACCES' | 'EROFS' | 'EBUSY' | 'EISDIR' | 'ENOTDIR' | 'ENOTEMPTY' | 'EEXIST' | 'EINVAL';

const words: Readonly<Record<FileErrno, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
  EBUSY: 'resource busy or locked',
  EISDIR: 'illegal operation on a directory',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
};

/** The same in the words of a C library. */
const reasons: Readonly<Record<FileErrno, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EROFS: 'Read-only file system',
  EBUSY: 'Device or resource busy',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
};

export class FileError extends Error {
  readonly code: FileErrno;
  readonly path: string;

  constructor(code: FileErrno, act: string, path: string) {
    super(`${code}: ${words[code]}, ${act} '${path}'`);
    this.code = code;
    this.path = path;
  }
}

/** What bash says of a file that a redirection cannot open. */
export function bashsWords({ code, path }: Pick<FileError, 'code' | 'path'>): string {
  return `${path}: ${reasons[code]}`;
}

/** What sh says of it: dash (src/redir.c, sh_open_fail), or busybox's (shell/ash.c, openredirect). */
export function shsWords({ code, path }: Pick<FileError, 'code' | 'path'>, isBusybox: boolean): string {
  if (isBusybox) return `can't create ${path}: ${code === 'ENOENT' ? 'nonexistent directory' : reasons[code]}`;
  return `1: cannot create ${path}: ${code === 'ENOENT' ? 'Directory nonexistent' : reasons[code]}`;
}

const spelled = new RegExp(`^(\\S+): (${Object.keys(words).join('|')}): [^,\\n]+, \\w+ '([^'\\n]*)'$`, 'gm');

/** What a shell within the shell says: the interpreter prints Node's words after the shell's name. */
export function inShellsWords(stderr: string, isBusybox: boolean): string {
  return stderr.replace(spelled, (_, name: string, code: FileErrno, path: string) => {
    const isBash = name.endsWith('bash');
    return `${name}: ${isBash ? bashsWords({ code, path }) : shsWords({ code, path }, isBusybox)}`;
  });
}

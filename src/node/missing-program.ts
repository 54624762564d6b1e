/** Why a runtime cannot start a program that its container does not have, in the words of Go's exec.LookPath and of stat(2). */
export function whyMissing(program: string): string {
  return program.includes('/') ? `stat ${program}: no such file or directory` : 'executable file not found in $PATH';
}

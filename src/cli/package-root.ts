import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory that the package is installed in: the nearest one upwards that has scenarios. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'scenarios')) && dirname(directory) !== directory) directory = dirname(directory);
  return directory;
}

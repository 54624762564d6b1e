import { programOf } from '#workloads/index.ts';

/** The programs that an image holds. */
export function programsOf(image: string): 'all' | ReadonlySet<string> {
  return programOf(image).tools;
}

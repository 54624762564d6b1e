import { ApiError, KubectlError } from './errors.ts';

/** Runs a request about an object from a file; a refusal then names the file (cmdutil.AddSourceToErr). */
export function withSource<T>(verb: string, source: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (source === '' || !(error instanceof Error)) throw error;
    if (error instanceof ApiError) throw error.whilst(verb, source);
    throw new KubectlError(`error when ${verb} ${JSON.stringify(source)}: ${error.message}`);
  }
}

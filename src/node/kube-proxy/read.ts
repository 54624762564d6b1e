import { fail, ok, type Result } from '#kube/status.ts';
import { withModeDefaults, type KubeProxyConfiguration } from './configuration.ts';
import { decodeConfiguration } from './decode.ts';
import { validateConfiguration } from './validate.ts';

export interface ReadConfiguration {
  readonly config: KubeProxyConfiguration;
  /** Unknown or repeated fields, which are only logged. */
  readonly strictError?: string;
  /** The file names no mode, and kube-proxy says which one it takes. */
  readonly modeUnset: boolean;
}

export interface ConfigurationError {
  /** What `"command failed" err=` says. */
  readonly message: string;
  readonly strictError?: string;
  readonly modeUnset: boolean;
}

type Read = Result<ReadConfiguration, ConfigurationError>;

/** By the text; what it says depends on the version, too. */
const known = new Map<string, { readonly minorVersion: number; readonly read: Read }>();

/**
 * Reads kube-proxy's configuration file: `text` is undefined when there is none at `path`. The result has all defaults, those of its mode
 * included. (cmd/kube-proxy/app/options.go, Complete and Validate)
 */
export function readConfiguration(text: string | undefined, path: string, minorVersion: number): Read {
  if (text === undefined) return fail({ message: `failed complete: open ${path}: no such file or directory`, modeUnset: false });
  const before = known.get(text);
  if (before?.minorVersion === minorVersion) return before.read;
  const read = readText(text, minorVersion);
  known.set(text, { minorVersion, read });
  return read;
}

function readText(text: string, minorVersion: number): Read {
  const decoded = decodeConfiguration(text);
  if (!decoded.ok) return fail({ message: `failed complete: failed to decode: ${decoded.error}`, modeUnset: false });
  const { config, ...strict } = decoded.value;
  const modeUnset = config.mode === '';
  const complete = withModeDefaults(config);
  const problem = validateConfiguration(complete, minorVersion);
  if (problem !== undefined) return fail({ message: `failed validate: ${problem}`, modeUnset, ...strict });
  return ok({ config: complete, modeUnset, ...strict });
}

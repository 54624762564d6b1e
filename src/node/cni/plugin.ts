/** A plugin's program: what it is called with, what it answers. */
import type { Result } from '#kube/status.ts';
import type { Machine } from './machine.ts';
import type { CniResult } from './result.ts';

/** CNI's environment variables and standard input. */
export interface Call {
  readonly command: 'ADD' | 'DEL' | 'CHECK' | 'VERSION';
  readonly containerId: string;
  /** CNI_NETNS: a path. */
  readonly netns: string;
  readonly ifName: string;
  /** CNI_ARGS: `K=V;K2=V2`. */
  readonly args: string;
  /** CNI_PATH. */
  readonly path: readonly string[];
  readonly stdin: string;
}

/** The error object a plugin prints (cni pkg/types/types.go). */
export interface CniError {
  readonly code: number;
  readonly msg: string;
  readonly details?: string;
}

export const errorCodes = {
  unknown: 0,
  incompatibleVersion: 1,
  invalidEnvironment: 4,
  ioFailure: 5,
  decodingFailure: 6,
  invalidConfig: 7,
  internal: 999,
} as const;

export function internal(msg: string): CniError {
  return { code: errorCodes.internal, msg };
}

/** `types.Error.Error()`. */
export function errorText({ msg, details }: CniError): string {
  return details === undefined || details === '' ? msg : `${msg}; ${details}`;
}

/** What a running plugin has at hand. */
export interface Environment {
  readonly machine: Machine;
  /** The version of the plugin's release: texts changed over the years. */
  readonly version: string;
  /** Runs another plugin of CNI_PATH with this environment and another command or standard input (invoke.Delegate…). */
  readonly delegate: (type: string, command: Call['command'], stdin: string) => Result<string, CniError>;
}

export interface Plugin {
  /** The program's name, as its binary says it. */
  readonly name: string;
  /** Versions of the specification that it accepts, given the version of its release. */
  readonly versions: (release: string) => readonly string[];
  /** The answer's version is that of the configuration; see `cniVersion` of what it returns. */
  readonly add: (call: Call, environment: Environment) => Result<Answer, CniError>;
  readonly del: (call: Call, environment: Environment) => Result<undefined, CniError>;
}

export interface Answer {
  readonly result: CniResult;
  /** The configuration's version, in which the result is to be printed. */
  readonly cniVersion: string;
  /** Printed in the newest form, whatever the version says: loopback calls its result by a version it did not convert it to. */
  readonly unconverted?: boolean;
}

/** `--dry-run` (cmdutil.GetDryRunStrategy). */
import { bool, string, type Values } from './flags.ts';
import type { Invocation } from './invocation.ts';
import { KubectlError } from './errors.ts';

export type DryRun = 'none' | 'client' | 'server';

export const dryRunFlag = {
  'dry-run': string('none, server (ask, but do not store) or client (only print what would be sent).', 'none', { bare: 'unchanged' }),
};

export function dryRunOf(kubectl: Invocation, flags: Values<typeof dryRunFlag>): DryRun {
  const text = flags['dry-run'];
  if (text === 'none' || text === 'client' || text === 'server') return text;
  if (text === 'unchanged') {
    kubectl.log('W', 'helpers.go:703', '--dry-run is deprecated and can be replaced with --dry-run=client.');
    return 'client';
  }
  const truth = /^(1|t|T|true|TRUE|True)$/.test(text) ? true : /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
  if (truth === undefined) throw new KubectlError(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
  const strategy = truth ? 'client' : 'none';
  kubectl.log('W', 'helpers.go:717', `--dry-run=${text} is deprecated (boolean value) and can be replaced with --dry-run=${strategy}.`);
  return strategy;
}

/** `created`, `created (dry run)`, `created (server dry run)` */
export function operation(word: string, dryRun: DryRun): string {
  if (dryRun === 'none') return word;
  return `${word} (${dryRun === 'server' ? 'server ' : ''}dry run)`;
}

export function fieldManagerFlag(manager: string) {
  return { 'field-manager': string('Who is noted as the manager of the fields.', manager) };
}

export const saveConfigFlag = {
  'save-config': bool('Keep the object in its own annotation, for a later kubectl apply.'),
};

export const validateFlag = {
  validate: string('strict (or true), warn, ignore (or false): what becomes of fields that the server does not know.', 'strict', {
    bare: 'strict',
  }),
};

/** The `fieldValidation` parameter (cmdutil.GetValidationDirective). */
export function fieldValidationOf(flags: Values<typeof validateFlag>): 'Strict' | 'Warn' | 'Ignore' {
  switch (flags.validate) {
    case 'warn':
      return 'Warn';
    case 'ignore':
      return 'Ignore';
    case 'strict':
      return 'Strict';
    default:
  }
  if (/^(1|t|T|true|TRUE|True)$/.test(flags.validate)) return 'Strict';
  if (/^(0|f|F|false|FALSE|False)$/.test(flags.validate)) return 'Ignore';
  throw new KubectlError(
    `invalid - validate option ${JSON.stringify(flags.validate)}; must be one of: strict (or true), warn, ignore (or false)`,
  );
}

/** What a request that changes something says beside its body. */
export function writeQuery(dryRun: DryRun, fieldManager: string, fieldValidation = ''): Readonly<Record<string, string>> {
  return {
    ...(dryRun === 'server' && { dryRun: 'All' }),
    ...(fieldManager !== '' && { fieldManager }),
    ...(fieldValidation !== '' && { fieldValidation }),
  };
}

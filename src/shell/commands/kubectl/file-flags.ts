/** Flags that name objects by files, by labels or all of them (genericclioptions.FileNameFlags and their neighbours). */
import { bool, int, string, stringSlice } from './flags.ts';

export const fileFlags = {
  filename: stringSlice('A file, a directory or a URL with the objects.', { shorthand: 'f' }),
  kustomize: string('A kustomization directory; not together with -f or -R.', '', { shorthand: 'k' }),
  recursive: bool('Look into subdirectories of -f too.', false, { shorthand: 'R' }),
};

export const selectorFlag = {
  selector: string("Only objects with these labels: a=b, a!=b, 'a in (b,c)', a, '!a'; commas join conditions.", '', { shorthand: 'l' }),
};

export const fieldSelectorFlag = {
  'field-selector': string('Only objects with these fields: metadata.name=web,status.phase!=Running.'),
};

export const allNamespacesFlag = {
  'all-namespaces': bool('In all namespaces; --namespace is not looked at.', false, { shorthand: 'A' }),
};

export const chunkFlag = {
  'chunk-size': int('How many objects one request of a large list asks for; 0 asks for all at once.', 500),
};

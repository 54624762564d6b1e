/** `kubectl set selector` (staging:kubectl/pkg/cmd/set/set_selector.go). */
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Requirement } from '#kube/selector.ts';
import { parseSelector } from '#kube/selector-parse.ts';
import { string } from '../../flags.ts';
import { setVerb, update } from './update.ts';
import { KubectlError } from '../../errors.ts';

export const selector = setVerb({
  name: 'selector',
  use: 'selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  short: 'Set the selector on a resource',
  flags: { 'resource-version': string('Change the object only if this is its version.') },
  run: (kubectl, { args, flags }, dryRun) => {
    const text = args.at(-1);
    if (text === undefined) throw new KubectlError('one selector is required');
    const { labels, expressions } = labelSelectorOf(text);
    update({
      kubectl,
      args: args.slice(0, -1),
      flags,
      dryRun,
      word: 'selector updated',
      change: ({ mapping, object }) => {
        if (mapping.kind !== 'Service') throw new KubectlError('setting a selector is only supported for Services');
        if (expressions.length > 0) throw new KubectlError(`match expression [${expressions.join(' ')}] not supported on this object`);
        const version = flags['resource-version'];
        const metadata = { ...object!.metadata, ...(version !== '' && { resourceVersion: version }) };
        return { ...object!, metadata, spec: { ...(object as { readonly spec?: object }).spec, selector: labels } } as KubeObject;
      },
    });
  },
});

interface LabelSelector {
  readonly labels: Readonly<Record<string, string>>;
  /** Everything but equality, as Go prints it: `{app In [a b]}`. */
  readonly expressions: readonly string[];
}

const operators: Readonly<Partial<Record<Requirement['operator'], string>>> = {
  in: 'In',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
  '!=': 'NotIn',
};

/** (apimachinery: metav1.ParseToLabelSelector) */
function labelSelectorOf(text: string): LabelSelector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new KubectlError(`couldn't parse the selector string ${quote(text)}: ${parsed.error}`);
  const labels: Record<string, string> = {};
  const expressions: string[] = [];
  for (const { key, operator, values } of parsed.value) {
    if (operator === '=' || operator === '==') labels[key] = values[0]!;
    else if (operators[operator] === undefined) throw new KubectlError(`${quote(operator)} isn't supported in label selectors`);
    else expressions.push(`{${key} ${operators[operator]} [${values.join(' ')}]}`);
  }
  return { labels, expressions };
}

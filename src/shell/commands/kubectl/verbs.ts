/** Every command, in the order and under the titles of kubectl's help (staging:kubectl/pkg/cmd/cmd.go). */
import { create } from './verbs/create.ts';
import { get } from './verbs/get.ts';
import { defineVerb, type Verb } from './verb.ts';

export const groupsOfVerbs: readonly { readonly title: string; readonly verbs: readonly Verb[] }[] = [
  { title: 'Basic Commands (Beginner)', verbs: [create] },
  { title: 'Basic Commands (Intermediate)', verbs: [get] },
];

export const root = defineVerb({
  name: 'kubectl',
  use: 'kubectl [flags]',
  short: 'kubectl controls the Kubernetes cluster manager',
  flags: {},
  verbs: groupsOfVerbs.flatMap(({ verbs }) => verbs),
});

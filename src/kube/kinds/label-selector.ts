import { list, map, required, string, struct, typed, type Infer } from '../schema.ts';

export const LabelSelectorRequirement = struct('LabelSelectorRequirement', 'one condition on a label', {
  key: required(string('the label')),
  operator: required(typed('LabelSelectorOperator', string('In, NotIn, Exists or DoesNotExist'))),
  values: list(string(), 'the values of In and NotIn; empty for the others'),
});
export type LabelSelectorRequirement = Infer<typeof LabelSelectorRequirement>;

/** staging:apimachinery/pkg/apis/meta/v1/types.go */
export const LabelSelector = struct(
  'LabelSelector',
  'chooses objects by their labels; all conditions must hold, and an empty selector chooses every object',
  {
    matchLabels: map(string(), 'labels that must have exactly these values'),
    matchExpressions: list(LabelSelectorRequirement, 'conditions that must hold too'),
  },
  { atomic: true },
);
export type LabelSelector = Infer<typeof LabelSelector>;

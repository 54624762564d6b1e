import { defineKind, type ObjectOf } from '../kind.ts';
import { ObjectMeta } from '../object.ts';
import { always, struct, type Infer } from '../schema.ts';
import { PodSpec } from './pod-spec.ts';

/** The metadata of a template needs no name. */
export const TemplateMeta = { ...ObjectMeta, fields: { ...ObjectMeta.fields, name: ObjectMeta.fields.name.schema } };

export const PodTemplateSpec = struct('PodTemplateSpec', 'the pods that a controller makes', {
  metadata: always(TemplateMeta),
  spec: always(PodSpec),
});
export type PodTemplateSpec = Infer<typeof PodTemplateSpec>;

export const PodTemplate = defineKind('PodTemplate', 'a template of pods', { template: always(PodTemplateSpec) }, { hasGeneration: true });
export type PodTemplate = ObjectOf<typeof PodTemplate>;

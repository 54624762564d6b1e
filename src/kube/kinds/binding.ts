import { defineKind, type ObjectOf } from '../kind.ts';
import { required } from '../schema.ts';
import { ObjectReference } from './object-reference.ts';

export const Binding = defineKind('Binding', 'gives a pod to a node', { target: required(ObjectReference) }, { verbs: ['create'] });
export type Binding = ObjectOf<typeof Binding>;

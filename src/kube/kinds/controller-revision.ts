import { defineKind, type ObjectOf } from '../kind.ts';
import { any, int64, required } from '../schema.ts';

export const ControllerRevision = defineKind(
  'ControllerRevision',
  'an old template of a DaemonSet or StatefulSet',
  { data: any('the template'), revision: required(int64('its number')) },
  { group: 'apps' },
);
export type ControllerRevision = ObjectOf<typeof ControllerRevision>;

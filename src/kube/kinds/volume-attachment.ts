import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, map, nullable, pointer, required, string, struct, time } from '../schema.ts';
import { PersistentVolumeSpec } from './persistent-volume.ts';

export const VolumeError = struct('VolumeError', 'what went wrong', {
  time: nullable(time('when')),
  message: string('what'),
  errorCode: pointer(int32('code of the error')),
});

export const VolumeAttachment = defineKind(
  'VolumeAttachment',
  'attaches a volume to a node',
  {
    spec: required(
      struct('VolumeAttachmentSpec', 'which volume, and where', {
        attacher: required(string('name of the driver')),
        source: required(
          struct('VolumeAttachmentSource', 'the volume', {
            persistentVolumeName: pointer(string('name of the volume')),
            inlineVolumeSpec: PersistentVolumeSpec,
          }),
        ),
        nodeName: required(string('name of the node')),
      }),
    ),
    status: always(
      struct('VolumeAttachmentStatus', 'what has become of it', {
        attached: required(boolean('it is attached')),
        attachmentMetadata: map(string(), 'what the driver says of it'),
        attachError: VolumeError,
        detachError: VolumeError,
      }),
    ),
  },
  { group: 'storage.k8s.io', namespaced: false, subresources: ['status'] },
);
export type VolumeAttachment = ObjectOf<typeof VolumeAttachment>;

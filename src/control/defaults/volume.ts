/** (pkg/apis/core/v1/defaults.go: SetDefaults_Volume and the functions of its sources) */
import type { Volume, VolumeProjection } from '#kube/kinds/volume.ts';
import { pullPolicyOf } from './container.ts';
import { change, fill } from './fill.ts';

/** 0644 */
const fileMode = { defaultMode: 420 };
const ofV1 = { apiVersion: 'v1' };

/** The defaults that pods' volumes and PersistentVolumes share. */
export function sourceWithDefaults<V extends Pick<Volume, 'hostPath' | 'azureDisk'>>(volume: V): V {
  const host = change(volume as Pick<Volume, 'hostPath' | 'azureDisk'>, 'hostPath', (source) =>
    source.type === undefined ? { ...source, type: '' } : source,
  );
  return change(host, 'azureDisk', (disk) =>
    fill(disk, { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false }),
  ) as V;
}

export const iscsiDefaults = { iscsiInterface: 'default' };
export const rbdDefaults = { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' };
export const scaleIoDefaults = { storageMode: 'ThinProvisioned', fsType: 'xfs' };

/** A volume without any source is an empty directory. */
export function volumeWithDefaults(volume: Volume): Volume {
  const hasSource = Object.entries(volume).some(([name, source]) => name !== 'name' && source !== undefined);
  let filled: Volume = hasSource ? sourceWithDefaults(volume) : { ...volume, emptyDir: {} };
  filled = change(filled, 'secret', (source) => fill(source, fileMode));
  filled = change(filled, 'configMap', (source) => fill(source, fileMode));
  filled = change(filled, 'downwardAPI', (source) => fill(change(source, 'items', filesWithDefaults), fileMode));
  filled = change(filled, 'projected', (source) =>
    fill(
      change(source, 'sources', (all) => all.map(projectionWithDefaults)),
      fileMode,
    ),
  );
  filled = change(filled, 'iscsi', (source) => fill(source, iscsiDefaults));
  filled = change(filled, 'rbd', (source) => fill(source, rbdDefaults));
  filled = change(filled, 'scaleIO', (source) => fill(source, scaleIoDefaults));
  filled = change(filled, 'image', (source) => fill(source, { pullPolicy: pullPolicyOf(source.reference ?? '') }));
  return change(filled, 'ephemeral', (source) =>
    change(source, 'volumeClaimTemplate', (claim) => change(claim, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' }))),
  );
}

type Files = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;

function filesWithDefaults(files: Files): Files {
  return files.map((file) => change(file, 'fieldRef', (ref) => fill(ref, ofV1)));
}

function projectionWithDefaults(projection: VolumeProjection): VolumeProjection {
  const downward = change(projection, 'downwardAPI', (source) => change(source, 'items', filesWithDefaults));
  return change(downward, 'serviceAccountToken', (token) => fill(token, { expirationSeconds: 3600 }));
}

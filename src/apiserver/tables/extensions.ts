/** What extends or guards the API and its nodes (pkg/printers/internalversion/printers.go; kube-aggregator: apiservice/etcd.go). */
import type { APIService } from '#kube/kinds/api-service.ts';
import type { CertificateSigningRequest } from '#kube/kinds/certificate-signing-request.ts';
import type { CSIDriver } from '#kube/kinds/csi-driver.ts';
import type { CSINode } from '#kube/kinds/csi-node.ts';
import type { CSIStorageCapacity } from '#kube/kinds/csi-storage-capacity.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '#kube/kinds/flow-control.ts';
import type { RuntimeClass } from '#kube/kinds/runtime-class.ts';
import type { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import type { VolumeAttachment } from '#kube/kinds/volume-attachment.ts';
import type { VolumeAttributesClass } from '#kube/kinds/volume-attributes-class.ts';
import type { KubeObject } from '#kube/object.ts';
import { isObject, type JsonObject } from '../json.ts';
import { humanDuration } from './duration.ts';
import { age, ageColumn, column, definePrinter, integer, nameColumn } from './table.ts';

export const webhookConfigurationPrinter = definePrinter<ValidatingWebhookConfiguration>(
  [nameColumn, integer('Webhooks', 'how many webhooks it names'), ageColumn],
  (one, moment) => [one.metadata.name, (one.webhooks ?? []).length, age(one, moment)],
);

export const apiServicePrinter = definePrinter<APIService>(
  [nameColumn, column('Service', 'who serves it'), column('Available', 'whether it can be used'), ageColumn],
  (one, moment) => {
    const { service } = one.spec;
    const available = one.status.conditions?.find(({ type }) => type === 'Available');
    const text =
      available === undefined ? 'Unknown' : available.status === 'False' ? `False (${available.reason ?? ''})` : available.status;
    return [
      one.metadata.name,
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
      text,
      age(one, moment),
    ];
  },
);

export const certificateSigningRequestPrinter = definePrinter<CertificateSigningRequest>(
  [
    nameColumn,
    ageColumn,
    column('SignerName', 'who should sign it'),
    column('Requestor', 'who asks'),
    column('RequestedDuration', 'how long it should live'),
    column('Condition', 'what was decided'),
  ],
  (request, moment) => {
    const { spec } = request;
    const duration = spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000);
    return [request.metadata.name, age(request, moment), spec.signerName, spec.username ?? '', duration, decisionText(request)];
  },
);

function decisionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type) === true;
  const parts = [
    has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
    ...(has('Failed') ? ['Failed'] : []),
    ...(status.certificate ? ['Issued'] : []),
  ];
  return parts.join(',');
}

export const runtimeClassPrinter = definePrinter<RuntimeClass>(
  [nameColumn, column('Handler', 'name in the container runtime'), ageColumn],
  (one, moment) => [one.metadata.name, one.handler, age(one, moment)],
);

export const csiDriverPrinter = definePrinter<CSIDriver>(
  [
    nameColumn,
    column('AttachRequired', 'whether volumes are attached first', { type: 'boolean' }),
    column('PodInfoOnMount', 'whether it is told of the pod', { type: 'boolean' }),
    column('StorageCapacity', 'whether it tells how much room there is', { type: 'boolean' }),
    column('TokenRequests', 'tokens it needs'),
    column('RequiresRepublish', 'whether volumes are published again and again', { type: 'boolean' }),
    column('Modes', 'the lives its volumes have'),
    ageColumn,
  ],
  (driver, moment) => {
    const { spec } = driver;
    const tokens = (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',');
    return [
      driver.metadata.name,
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      tokens === '' ? '<unset>' : tokens,
      spec.requiresRepublish ?? false,
      (spec.volumeLifecycleModes ?? []).join(',') || '<none>',
      age(driver, moment),
    ];
  },
);

export const csiNodePrinter = definePrinter<CSINode>(
  [nameColumn, integer('Drivers', 'how many drivers it has'), ageColumn],
  (node, moment) => [node.metadata.name, node.spec.drivers.length, age(node, moment)],
);

export const csiStorageCapacityPrinter = definePrinter<CSIStorageCapacity>(
  [nameColumn, column('StorageClassName', 'the storage class'), column('Capacity', 'how much room there is')],
  (capacity) => [
    capacity.metadata.name,
    capacity.storageClassName,
    capacity.capacity === undefined ? '<unset>' : String(capacity.capacity),
  ],
);

export const volumeAttachmentPrinter = definePrinter<VolumeAttachment>(
  [
    nameColumn,
    column('Attacher', 'the driver'),
    column('PV', 'the volume'),
    column('Node', 'the node'),
    column('Attached', 'whether it is done', { type: 'boolean' }),
    ageColumn,
  ],
  (attachment, moment) => {
    const { spec, status } = attachment;
    return [
      attachment.metadata.name,
      spec.attacher,
      spec.source.persistentVolumeName ?? '',
      spec.nodeName,
      status.attached,
      age(attachment, moment),
    ];
  },
);

export const volumeAttributesClassPrinter = definePrinter<VolumeAttributesClass>(
  [nameColumn, column('DriverName', 'the driver'), ageColumn],
  (one, moment) => [one.metadata.name, one.driverName, age(one, moment)],
);

export const flowSchemaPrinter = definePrinter<FlowSchema>(
  [
    nameColumn,
    column('PriorityLevel', 'the level its requests get'),
    integer('MatchingPrecedence', 'the lowest that applies decides'),
    column('DistinguisherMethod', 'what makes a flow'),
    ageColumn,
    column('MissingPL', 'whether that level is missing'),
  ],
  (schema, moment) => {
    const dangling = schema.status.conditions?.find(({ type }) => type === 'Dangling');
    return [
      schema.metadata.name,
      schema.spec.priorityLevelConfiguration.name,
      schema.spec.matchingPrecedence ?? 0,
      schema.spec.distinguisherMethod?.type ?? '<none>',
      age(schema, moment),
      dangling?.status ?? '?',
    ];
  },
);

export const priorityLevelConfigurationPrinter = definePrinter<PriorityLevelConfiguration>(
  [
    nameColumn,
    column('Type', 'Exempt or Limited'),
    integer('NominalConcurrencyShares', 'its share'),
    integer('Queues', 'how many queues it has'),
    integer('HandSize', 'how many of them a flow may use'),
    integer('QueueLengthLimit', 'how long a queue may be'),
    ageColumn,
  ],
  (level, moment) => {
    const { limited, exempt, type } = level.spec;
    const queuing = limited?.limitResponse.queuing;
    const none = '<none>';
    return [
      level.metadata.name,
      type,
      limited?.nominalConcurrencyShares ?? exempt?.nominalConcurrencyShares ?? none,
      queuing?.queues ?? none,
      queuing?.handSize ?? none,
      queuing?.queueLengthLimit ?? none,
      age(level, moment),
    ];
  },
);

type Free = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

function part(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? (inner as JsonObject)[key] : undefined), value);
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

export const admissionPolicyPrinter = definePrinter<Free>(
  [nameColumn, integer('Validations', 'how many rules it has'), column('ParamKind', 'the kind of its parameters'), ageColumn],
  (policy, moment) => {
    const validations = part(policy.spec, 'validations');
    const kind = part(policy.spec, 'paramKind');
    const params = isObject(kind) ? `${text(kind['apiVersion'], '')}/${text(kind['kind'], '')}` : '<unset>';
    return [policy.metadata.name, Array.isArray(validations) ? validations.length : 0, params, age(policy, moment)];
  },
);

export const mutatingAdmissionPolicyPrinter = definePrinter<Free>(
  [nameColumn, integer('Mutations', 'how many changes it makes'), column('ParamKind', 'the kind of its parameters'), ageColumn],
  (policy, moment) => {
    const mutations = part(policy.spec, 'mutations');
    const kind = part(policy.spec, 'paramKind');
    const params = isObject(kind) ? `${text(kind['apiVersion'], '')}/${text(kind['kind'], '')}` : '<unset>';
    return [policy.metadata.name, Array.isArray(mutations) ? mutations.length : 0, params, age(policy, moment)];
  },
);

export const admissionPolicyBindingPrinter = definePrinter<Free>(
  [nameColumn, column('PolicyName', 'the policy'), column('ParamRef', 'its parameters'), ageColumn],
  (binding, moment) => {
    const param = part(binding.spec, 'paramRef');
    const reference = !isObject(param)
      ? '<unset>'
      : param['name'] === undefined
        ? '*'
        : `${param['namespace'] === undefined ? '' : `${text(param['namespace'], '')}/`}${text(param['name'], '')}`;
    return [binding.metadata.name, text(part(binding.spec, 'policyName'), ''), reference, age(binding, moment)];
  },
);

export const resourceClaimPrinter = definePrinter<Free>(
  [nameColumn, column('State', 'whether devices were found'), ageColumn],
  (claim, moment) => {
    const states: string[] = [];
    if (claim.metadata.deletionTimestamp !== undefined) states.push('deleted');
    if (part(claim.status, 'allocation') === undefined) {
      if (claim.metadata.deletionTimestamp === undefined) states.push('pending');
    } else {
      states.push('allocated');
      const reserved = part(claim.status, 'reservedFor');
      if (Array.isArray(reserved) && reserved.length > 0) states.push('reserved');
    }
    return [claim.metadata.name, states.join(','), age(claim, moment)];
  },
);

export const resourceSlicePrinter = definePrinter<Free>(
  [
    nameColumn,
    column('Node', 'the node with the devices'),
    column('Driver', 'the driver'),
    column('Pool', 'the pool of devices'),
    ageColumn,
  ],
  (slice, moment) => [
    slice.metadata.name,
    text(part(slice.spec, 'nodeName'), part(slice.spec, 'allNodes') === true ? '<all>' : '<unset>'),
    text(part(slice.spec, 'driver'), ''),
    text(part(slice.spec, 'pool', 'name'), ''),
    age(slice, moment),
  ],
);

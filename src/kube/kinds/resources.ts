import { list, map, quantity, required, string, struct, type Infer } from '../schema.ts';

/** `core/v1 ResourceList`: amounts by resource name. */
export const resourceList = (description: string) => map(quantity(), description);

export const ResourceClaim = struct('ResourceClaim', 'a claim of the pod that a container uses', {
  name: required(string('name of the claim in the pod')),
  request: string('one request of the claim'),
});

export const ResourceRequirements = struct('ResourceRequirements', 'what a container needs and may use', {
  limits: resourceList('the most it may use'),
  requests: resourceList('what is kept for it'),
  claims: list(ResourceClaim, 'claims it uses', { mapKeys: ['name'] }),
});
export type ResourceRequirements = Infer<typeof ResourceRequirements>;

export const VolumeResourceRequirements = struct('VolumeResourceRequirements', 'what a claim needs of a volume', {
  limits: resourceList('the most it may get'),
  requests: resourceList('the least it needs'),
});

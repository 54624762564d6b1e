/** `kubectl create deployment|job|cronjob` (staging:kubectl/pkg/cmd/create). */
import { suffixOf } from '#kube/chance.ts';
import type { KubeObject } from '#kube/object.ts';
import { pathOf } from '../client.ts';
import { mappingFor } from '../builder.ts';
import { int32, string, stringSlice } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { generatorVerb, newMetadata, noTimestamp, templateMetadata } from './generator.ts';
import { KubectlError } from '../errors.ts';

export const deployment = generatorVerb({
  name: 'deployment',
  aliases: ['deploy'],
  use: 'deployment NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a deployment with the specified name',
  flags: {
    image: stringSlice('Image of a container; may be repeated.', { required: true }),
    port: int32('The port that the first container declares.', -1),
    replicas: int32('How many pods there are to be.', 1, { shorthand: 'r' }),
  },
  resource: 'deployments',
  namespaced: true,
  failure: 'failed to create deployment',
  build: (kubectl, name, { args, flags }) => {
    const command = args.slice(1);
    if (flags.image.length > 1 && command.length > 0) throw new KubectlError('cannot specify multiple --image options and command');
    const labels = { app: name };
    const containers = flags.image.map((image, i) => ({
      name: containerName(kubectl, image),
      image,
      ...(i === 0 && command.length > 0 && { command }),
      ...(i === 0 && flags.port >= 0 && { ports: [{ containerPort: flags.port }] }),
      resources: {},
    }));
    return {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: newMetadata(kubectl, name, { labels }),
      spec: {
        replicas: flags.replicas,
        selector: { matchLabels: labels },
        template: { metadata: templateMetadata(kubectl, { labels }), spec: { containers } },
        strategy: {},
      },
      status: {},
    } as unknown as KubeObject;
  },
});

/** The image's last name, without tag and digest; letters that a container's name cannot have make way for a random end. */
function containerName(kubectl: Invocation, image: string): string {
  const name = image
    .slice(image.lastIndexOf('/') + 1)
    .split(':')[0]!
    .split('@')[0]!;
  if (!/[_.]/.test(name)) return name;
  return `${name.replaceAll(/[_.]/g, '-')}-${suffixOf(`${kubectl.here.lab.snapshot.cluster.seed}/kubectl/${image}/${kubectl.now}`)}`;
}

export const job = generatorVerb({
  name: 'job',
  use: 'job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  short: 'Create a job with the specified name',
  flags: { image: string('Image of the container.'), from: string('A CronJob to run once: cronjob/NAME.') },
  resource: 'jobs',
  namespaced: true,
  failure: 'failed to create job',
  build: (kubectl, name, { args, flags }) => {
    const command = args.slice(1);
    if ((flags.image === '') === (flags.from === '')) throw new KubectlError('either --image or --from must be specified');
    if (command.length > 0 && flags.from !== '') throw new KubectlError('cannot specify --from and command');
    if (flags.from !== '') return jobFromCronJob(kubectl, name, flags.from);
    return {
      kind: 'Job',
      apiVersion: 'batch/v1',
      metadata: newMetadata(kubectl, name),
      spec: {
        template: {
          metadata: templateMetadata(kubectl),
          spec: {
            containers: [{ name, image: flags.image, ...(command.length > 0 && { command }), resources: {} }],
            restartPolicy: 'Never',
          },
        },
      },
      status: {},
    } as unknown as KubeObject;
  },
});

interface CronJobShape extends KubeObject {
  readonly spec: {
    readonly jobTemplate: {
      readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
      readonly spec: object;
    };
  };
}

function jobFromCronJob(kubectl: Invocation, name: string, from: string): KubeObject {
  const [type = '', source = '', ...more] = from.split('/');
  if (source === '' || more.length > 0) throw new KubectlError('from must be an existing cronjob');
  const mapping = mappingFor(kubectl, type);
  if (mapping.kind !== 'CronJob') throw new KubectlError('from must be an existing cronjob');
  const cronJob = kubectl.client.request('GET', pathOf(mapping, kubectl.namespace.name, source)).body as CronJobShape;
  const { jobTemplate } = cronJob.spec;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob.metadata.name, uid: cronJob.metadata.uid ?? '', controller: true };
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: newMetadata(kubectl, name, {
      ...(jobTemplate.metadata?.labels !== undefined && { labels: jobTemplate.metadata.labels }),
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...jobTemplate.metadata?.annotations },
      ownerReferences: [owner],
    }),
    spec: withNullTimestamps(kubectl, jobTemplate.spec),
    status: {},
  } as unknown as KubeObject;
}

/** A typed template's metadata shows its empty timestamp again, where kubectl still does that. */
function withNullTimestamps(kubectl: Invocation, spec: object): object {
  const { template } = spec as { readonly template?: { readonly metadata?: object } };
  return template === undefined
    ? spec
    : { ...spec, template: { ...template, metadata: { ...noTimestamp(kubectl), ...template.metadata } } };
}

export const cronJob = generatorVerb({
  name: 'cronjob',
  aliases: ['cj'],
  use: "cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
  short: 'Create a cron job with the specified name',
  flags: {
    image: string('Image of the container.', '', { required: true }),
    schedule: string('When to run, in five cron fields.', '', { required: true }),
    restart: string('Whether containers are restarted: OnFailure or Never.'),
  },
  resource: 'cronjobs',
  namespaced: true,
  failure: 'failed to create cronjob',
  build: (kubectl, name, { args, flags }) => {
    const command = args.slice(1);
    return {
      kind: 'CronJob',
      apiVersion: 'batch/v1',
      metadata: newMetadata(kubectl, name),
      spec: {
        schedule: flags.schedule,
        jobTemplate: {
          metadata: { name, ...noTimestamp(kubectl) },
          spec: {
            template: {
              metadata: templateMetadata(kubectl),
              spec: {
                containers: [{ name, image: flags.image, ...(command.length > 0 && { command }), resources: {} }],
                restartPolicy: flags.restart === '' ? 'OnFailure' : flags.restart,
              },
            },
          },
        },
      },
      status: {},
    } as unknown as KubeObject;
  },
});

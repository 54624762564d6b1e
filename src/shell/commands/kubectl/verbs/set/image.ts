/** `kubectl set image` (staging:kubectl/pkg/cmd/set/set_image.go). */
import { quote } from '#kube/json.ts';
import { AggregateErrors, KubectlError } from '../../errors.ts';
import { withPodSpec, type Container } from '../../pod-spec.ts';
import { checkLocal, setVerb, splitArguments, update } from './update.ts';

export const image = setVerb({
  name: 'image',
  use: 'image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  flags: {},
  run: (kubectl, { args, flags }, dryRun) => {
    const { resources, changes } = splitArguments(args, (arg) => arg.includes('='));
    checkLocal(flags, dryRun);
    const images = changes.map((pair): readonly [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
    const everyOne = images.some(([name]) => name === '*');
    update({
      kubectl,
      args: resources,
      flags,
      dryRun,
      word: 'image updated',
      failure: 'failed to patch image update to pod template:',
      silentWhenEqual: true,
      check: () => {
        if (images.length === 0) throw new KubectlError('at least one image update is required');
        if (images.length > 1 && everyOne)
          throw new KubectlError('all containers are already specified by *, but saw more than one container_name=container_image pairs');
      },
      change: (info) =>
        withPodSpec(info, (spec) => {
          const names = [...spec.containers, ...(spec.initContainers ?? [])].map((one) => one.name);
          const missing = images.filter(([name]) => name !== '*' && !names.includes(name));
          if (missing.length > 0)
            throw new AggregateErrors(missing.map(([name]) => new KubectlError(`error: unable to find container named ${quote(name)}`)));
          const changed = (containers: readonly Container[]) =>
            containers.map((one) => {
              const found = images.find(([name]) => name === one.name || name === '*');
              return found === undefined ? one : { ...one, image: found[1] };
            });
          return {
            ...spec,
            containers: changed(spec.containers),
            ...(spec.initContainers !== undefined && { initContainers: changed(spec.initContainers) }),
          };
        }),
    });
  },
});

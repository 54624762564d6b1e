/** `kubectl set resources` (staging:kubectl/pkg/cmd/set/set_resources.go). */
import { string } from '../../flags.ts';
import { resourceList } from '../../generators/policy.ts';
import { chooses, withPodSpec } from '../../pod-spec.ts';
import { checkLocal, setVerb, update } from './update.ts';
import { KubectlError } from '../../errors.ts';

export const resources = setVerb({
  name: 'resources',
  use: 'resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  short: 'Update resource requests/limits on objects with pod templates',
  flags: {
    containers: string('The containers to change; * stands for any letters.', '*', { shorthand: 'c' }),
    limits: string('Limits: cpu=200m,memory=512Mi.'),
    requests: string('Requests: cpu=100m,memory=256Mi.'),
  },
  run: (kubectl, { args, flags }, dryRun) => {
    checkLocal(flags, dryRun);
    if (flags.limits === '' && flags.requests === '')
      throw new KubectlError('you must specify an update to requests or limits (in the form of --requests/--limits)');
    const [limits, requests] = [resourceList(flags.limits), resourceList(flags.requests)];
    update({
      kubectl,
      args,
      flags,
      dryRun,
      word: 'resource requirements updated',
      failure: 'failed to patch resources update to pod template',
      silentWhenEqual: true,
      change: (info) =>
        withPodSpec(info, (spec) => {
          if (!spec.containers.some(({ name }) => chooses(flags.containers, name)))
            throw new KubectlError(`error: unable to find container named ${flags.containers}`);
          return {
            ...spec,
            containers: spec.containers.map((one) =>
              chooses(flags.containers, one.name)
                ? {
                    ...one,
                    resources: {
                      ...one.resources,
                      ...(flags.limits !== '' && { limits: { ...one.resources?.limits, ...limits } }),
                      ...(flags.requests !== '' && { requests: { ...one.resources?.requests, ...requests } }),
                    },
                  }
                : one,
            ),
          };
        }),
    });
  },
});

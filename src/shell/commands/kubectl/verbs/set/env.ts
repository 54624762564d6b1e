/** `kubectl set env` (staging:kubectl/pkg/cmd/set/set_env.go). */
import { quote } from '#kube/json.ts';
import { bool, string, stringArray, stringSlice } from '../../flags.ts';
import { chooses, objectName, withPodSpec, type Container, type EnvVar } from '../../pod-spec.ts';
import { importedFrom, parseVariables, type Variables } from './environment.ts';
import { listVariables } from './environment-list.ts';
import { checkLocal, setVerb, splitArguments, update } from './update.ts';
import { KubectlError } from '../../errors.ts';

export const env = setVerb({
  name: 'env',
  use: 'env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Update environment variables on a pod template',
  flags: {
    containers: string('The containers to change; * stands for any letters.', '*', { shorthand: 'c' }),
    env: stringArray('A variable: key=value.', { shorthand: 'e' }),
    from: string('A ConfigMap or Secret to take variables from: configmap/NAME.'),
    keys: stringSlice('With --from: only these keys.'),
    list: bool('Print the variables.'),
    overwrite: bool('Variables that are there may be changed.', true),
    prefix: string('With --from: what stands before the names.'),
    resolve: bool('With --list: look up what variables refer to.'),
  },
  run: (kubectl, { args, flags }, dryRun) => {
    const { resources, changes } = splitArguments(args, (arg) => !arg.startsWith('=') && /^[^/]*=|-$/.test(arg));
    if (resources.length === 0 && flags.filename.length === 0 && flags.kustomize === '')
      throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    if (flags.keys.length > 0 && flags.from === '')
      throw new KubectlError('when specifying --keys, a configmap or secret must be provided with --from');
    checkLocal(flags, dryRun);
    const given = parseVariables([...flags.env, ...changes], kubectl.stdin.bind(kubectl));
    const imported = flags.from === '' ? [] : importedFrom(kubectl, flags.from, flags.prefix, flags.keys);
    const variables = { set: [...given.set, ...imported], remove: given.remove };
    const changed = (container: Container): Container => {
      if (!chooses(flags.containers, container.name)) return container;
      return withVariables(container, variables);
    };
    if (flags.list) {
      listVariables(kubectl, resources, flags, changed);
      return;
    }
    update({
      kubectl,
      args: resources,
      flags,
      dryRun,
      word: 'env updated',
      failure: 'failed to patch env update to pod template:',
      silentWhenEqual: true,
      change: (info) =>
        withPodSpec(info, (spec) => {
          const all = [...spec.containers, ...(spec.initContainers ?? [])].filter(({ name }) => chooses(flags.containers, name));
          if (all.length === 0) {
            const { mapping, name } = info;
            kubectl.err(`Warning: ${mapping.kind}/${name} does not have any containers matching ${quote(flags.containers)}\n`);
          }
          const clash = flags.overwrite ? undefined : all.map((one) => clashIn(one, variables.set)).find((one) => one !== undefined);
          if (clash !== undefined)
            throw new KubectlError(
              `error: ${objectName(info)} '${clash.name}' already has a value (${clash.value ?? ''}), and --overwrite is false\n`,
            );
          return {
            ...spec,
            containers: spec.containers.map(changed),
            ...(spec.initContainers !== undefined && { initContainers: spec.initContainers.map(changed) }),
          };
        }),
    });
  },
});

/** A variable of the container that would get another value. */
function clashIn({ env: there = [] }: Container, set: readonly EnvVar[]): EnvVar | undefined {
  return there.find((one) => set.some(({ name, value }) => name === one.name && value !== one.value));
}

function withVariables(container: Container, { set, remove }: Variables): Container {
  const merged = [...(container.env ?? [])];
  for (const one of set) {
    const at = merged.findIndex(({ name }) => name === one.name);
    if (at < 0) merged.push(one);
    else merged[at] = one;
  }
  const kept = merged.filter(({ name }) => !remove.includes(name));
  const { env: _, ...rest } = container;
  return kept.length === 0 ? rest : { ...container, env: kept };
}

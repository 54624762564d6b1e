/** The images of pod-network daemons. */
import type { Program } from '#node/program.ts';
import { calicoCni, calicoKubeControllers, calicoNode } from './calico.ts';
import { ciliumAgent, ciliumOperator } from './cilium.ts';
import { flannel } from './flannel.ts';
import { weave, weaveNpc } from './weave.ts';

export const networks: readonly (readonly [RegExp, Program])[] = [
  [/(^|\/)flannel(-cni-plugin)?$/, flannel],
  [/(^|\/)calico\/node$/, calicoNode],
  [/(^|\/)calico\/cni$/, calicoCni],
  [/(^|\/)calico\/kube-controllers$/, calicoKubeControllers],
  [/(^|\/)weave-kube$/, weave],
  [/(^|\/)weave-npc$/, weaveNpc],
  [/(^|\/)cilium\/cilium$/, ciliumAgent],
  [/(^|\/)cilium\/operator(-generic)?$/, ciliumOperator],
];

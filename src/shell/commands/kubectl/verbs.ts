/** Every command, in the order and under the titles of kubectl's help (staging:kubectl/pkg/cmd/cmd.go). */
import { defineVerb, type Group } from './verb.ts';
import { annotate, label } from './verbs/label.ts';
import { apiResources, apiVersions } from './verbs/api-resources.ts';
import { apply } from './verbs/apply.ts';
import { attach } from './verbs/attach.ts';
import { auth } from './verbs/auth.ts';
import { certificate } from './verbs/certificate.ts';
import { clusterInfo } from './verbs/cluster-info.ts';
import { config } from './verbs/config.ts';
import { cp } from './verbs/cp.ts';
import { create } from './verbs/create.ts';
import { debug } from './verbs/debug/debug.ts';
import { deleteVerb } from './verbs/delete.ts';
import { describe } from './verbs/describe.ts';
import { cordon, drain, uncordon } from './verbs/drain.ts';
import { diff } from './verbs/diff.ts';
import { edit } from './verbs/edit.ts';
import { events } from './verbs/events.ts';
import { exec } from './verbs/exec.ts';
import { explain } from './verbs/explain.ts';
import { expose } from './verbs/expose.ts';
import { get } from './verbs/get.ts';
import { logs } from './verbs/logs.ts';
import { patch } from './verbs/patch.ts';
import { completion, help, kustomize, options, plugin } from './verbs/plain.ts';
import { portForward } from './verbs/port-forward.ts';
import { proxy } from './verbs/proxy.ts';
import { replace } from './verbs/replace.ts';
import { rollout } from './verbs/rollout.ts';
import { run } from './verbs/run.ts';
import { autoscale, scale } from './verbs/scale.ts';
import { set } from './verbs/set/set.ts';
import { taint } from './verbs/taint.ts';
import { top } from './verbs/top.ts';
import { version } from './verbs/version.ts';
import { wait } from './verbs/wait.ts';

const groups: readonly Group[] = [
  { title: 'Basic Commands (Beginner)', verbs: [create, expose, run, set] },
  { title: 'Basic Commands (Intermediate)', verbs: [explain, get, edit, deleteVerb] },
  { title: 'Deploy Commands', verbs: [rollout, scale, autoscale] },
  { title: 'Cluster Management Commands', verbs: [certificate, clusterInfo, top, cordon, uncordon, drain, taint] },
  {
    title: 'Troubleshooting and Debugging Commands',
    verbs: [describe, logs, attach, exec, portForward, proxy, cp, auth, debug, events],
  },
  { title: 'Advanced Commands', verbs: [diff, apply, patch, replace, wait, kustomize] },
  { title: 'Settings Commands', verbs: [label, annotate, completion] },
  { title: 'Subcommands provided by plugins', verbs: [] },
  { title: 'Other Commands', verbs: [apiResources, apiVersions, config, plugin, version] },
];

/** kubectl itself. */
export const root = defineVerb({
  name: 'kubectl',
  use: 'kubectl [flags]',
  short: 'kubectl controls the Kubernetes cluster manager',
  flags: {},
  groups,
  verbs: [...groups.flatMap(({ verbs }) => verbs), help, options],
});

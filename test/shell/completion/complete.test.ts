import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { complete } from '#shell/completion/complete.ts';
import { prepareCompletion } from '#shell/completion/kubectl.ts';
import type { Shell } from '#shell/shell.ts';
import { lessonOf } from '../../support/session.ts';

let lesson: Lesson;
let shell: Shell;
beforeAll(async () => {
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
  shell = lesson.open({ tty: true });
  await shell.run(
    "alias kn='kubectl -n shop'; export GREETING=hi; mkdir -p /root/work/deep; echo a > /root/work/web.yaml; echo b > /root/work/.hidden",
  );
  await prepareCompletion();
});

const rows: [typed: string, want: readonly string[] | RegExp][] = [
  // programs
  ['kube', ['kubeadm', 'kubectl', 'kubelet']],
  ['jour', ['journalctl']],
  ['kn', ['kn']],
  ['che', ['check']],
  ['sudo jour', ['journalctl']],
  ['ls | gre', ['grep']],
  ['echo "a | b" | hea', ['head']],
  ['x=$(dat', ['date']],
  ['FOO=1 host', ['host', 'hostname']],
  ['man traceroute', ['traceroute', 'traceroute6']],
  // paths
  ['cat /etc/kubernetes/man', ['/etc/kubernetes/manifests/']],
  ['cat work/', ['work/deep/', 'work/web.yaml']],
  ['cat work/.', ['work/.hidden']],
  ['cat ~/work/w', ['~/work/web.yaml']],
  ['cd work/', ['work/deep/']],
  ['echo hi > work/w', ['work/web.yaml']],
  ['echo $GREE', ['$GREETING']],
  // kubectl: verbs, types, names, namespaces, flags
  ['kubectl ex', ['exec', 'explain', 'expose']],
  ['k roll', ['rollout']],
  ['kubectl rollout res', ['restart', 'resume']],
  ['kubectl get netw', ['networkpolicies']],
  ['kubectl get ep', ['ep']],
  ['kubectl get pods,serv', ['pods,serviceaccounts', 'pods,servicecidrs', 'pods,services']],
  ['kubectl -n shop get svc ', ['web']],
  ['kubectl get svc -n shop ', ['web']],
  ['kubectl get svc --namespace=shop ', ['web']],
  ['kn get svc ', ['web']],
  ['kubectl -n shop get svc/', ['svc/web']],
  ['kubectl get svc -n ', ['default', 'kube-flannel', 'kube-node-lease', 'kube-public', 'kube-system', 'shop']],
  ['kubectl get pods --namespace=sh', ['--namespace=shop']],
  ['kubectl get pods -o y', ['yaml']],
  ['kubectl get pods -o=', []],
  ['kubectl get pods --output=w', ['--output=wide']],
  ['kubectl expose deploy web --ty', ['--type=']],
  ['kubectl expose deploy web --type=No', ['--type=NodePort']],
  ['kubectl patch svc web --type ', ['json', 'merge', 'strategic']],
  ['kubectl get pods --show', ['--show-kind', '--show-labels', '--show-managed-fields']],
  ['kubectl run x --restart ', ['Always', 'Never', 'OnFailure']],
  ['kubectl delete pod x --gra', ['--grace-period=']],
  ['kubectl -n shop exec -it ti', ['till']],
  ['kubectl -n shop exec till -- nsl', ['nslookup']],
  ['kubectl -n shop logs ', /^pod\/ service\/ till web-\w+-\w+ web-\w+-\w+$/],
  ['kubectl -n shop logs deployment/', ['deployment/web']],
  ['kubectl -n shop exec till -c ', ['till']],
  ['kubectl -n shop scale deploy', ['deployment', 'deployment/web']],
  ['kubectl -n shop rollout restart deployment/', ['deployment/web']],
  ['kubectl drain node', ['node01', 'node02']],
  ['kubectl taint nodes co', ['controlplane']],
  ['kubectl config use-context ', ['kubernetes-admin@kubernetes']],
  ['kubectl auth can-i get sec', ['secrets']],
  ['kubectl get pods -n shop -l app=', ['app=till', 'app=web']],
  ['kubectl apply -f work/', ['work/deep/', 'work/web.yaml']],
  ['kubectl create -f work/w', ['work/web.yaml']],
  ['kubectl create deploy', ['deployment']],
  ['kubectl top n', ['node']],
  // others
  ['ssh ', ['controlplane', 'node01', 'node02']],
  ['systemctl resta', ['restart']],
  ['systemctl restart kubel', ['kubelet']],
  ['journalctl -u kubel', ['kubelet']],
  ['ip ad', ['address']],
  ['ip link show dev cn', ['cni0']],
  ['ip addr show dev e', ['eth0']],
  ['kubeadm certs che', ['check-expiration']],
  ['crictl ima', ['images']],
  ['nosuch ', ['work/']],
  // nothing to say
  ['kubectl nosuch ', /^work\/$|^$/],
  ['kubectl get nosuch ', []],
  ['kubectl get svc web extra --x=', []],
];

describe('Tab', () => {
  it.each(rows)('%s', async (typed, want) => {
    const { words } = await complete(shell, lesson.lab, typed, ['check']);
    if (want instanceof RegExp)
      expect(words.filter((word) => !/^(deployment|daemonset|statefulset)\/$/.test(word)).join(' ')).toMatch(want);
    else expect(words.filter((word) => want.length === 0 || word !== '')).toEqual(want);
  });

  it('knows the namespace of the context, and the place one is in', async () => {
    await shell.run('kubectl config set-context --current --namespace=shop');
    expect((await complete(shell, lesson.lab, 'kubectl get svc ')).words).toEqual(['web']);
    await shell.run('ssh node01');
    expect((await complete(shell, lesson.lab, 'ip link show ')).words).toContain('flannel.1');
    await shell.run('exit');
  });
});

import { describe, expect, it } from '@jest/globals';
import { withDefaults } from '#control/defaults/index.ts';
import { apiVersionOf, type Kind } from '#kube/kind.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { CronJob } from '#kube/kinds/cron-job.ts';
import { CSIDriver } from '#kube/kinds/csi-driver.ts';
import { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { HorizontalPodAutoscaler } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Job } from '#kube/kinds/job.ts';
import { LimitRange } from '#kube/kinds/limit-range.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicationController } from '#kube/kinds/replication-controller.ts';
import { RoleBinding } from '#kube/kinds/role-binding.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
import { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseYaml } from '#kube/yaml.ts';

/** The object with the fields of a YAML text, defaulted. */
function defaulted(kind: Kind, text: string, minorVersion = 36): KubeObject {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(parsed.error);
  const fields = parsed.value as object;
  return withDefaults(kind, { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name: 'x' }, ...fields }, minorVersion);
}

function yaml(text: string): object {
  const parsed = parseYaml(text);
  return parsed.ok ? (parsed.value as object) : {};
}

type Row = readonly [what: string, kind: Kind, given: string, want: string, minorVersion?: number];

const rows: readonly Row[] = [
  // Services
  [
    'a Service',
    Service,
    'spec: {ports: [{port: 80}]}',
    'spec: {type: ClusterIP, sessionAffinity: None, internalTrafficPolicy: Cluster, ports: [{port: 80, protocol: TCP, targetPort: 80}]}',
  ],
  ['a named target port stays', Service, 'spec: {ports: [{port: 80, targetPort: http}]}', 'spec: {ports: [{targetPort: http}]}'],
  ['a NodePort', Service, 'spec: {type: NodePort}', 'spec: {externalTrafficPolicy: Cluster}'],
  ['a balancer', Service, 'spec: {type: LoadBalancer}', 'spec: {externalTrafficPolicy: Cluster, allocateLoadBalancerNodePorts: true}'],
  ['external addresses', Service, 'spec: {externalIPs: [192.0.2.1]}', 'spec: {externalTrafficPolicy: Cluster}'],
  ['ClientIP', Service, 'spec: {sessionAffinity: ClientIP}', 'spec: {sessionAffinityConfig: {clientIP: {timeoutSeconds: 10800}}}'],
  [
    'a balancer that has addresses',
    Service,
    'spec: {type: LoadBalancer}\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.1}, {hostname: a.example}]}}',
    'status: {loadBalancer: {ingress: [{ip: 192.0.2.1, ipMode: VIP}, {hostname: a.example}]}}',
  ],
  [
    'the same in v1.29',
    Service,
    'spec: {type: LoadBalancer}\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}',
    'status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}',
    29,
  ],
  ['ports of a slice', EndpointSlice, 'addressType: IPv4\nports: [{port: 80}]', 'ports: [{name: "", port: 80, protocol: TCP}]'],
  // Pods
  [
    'a pod',
    Pod,
    'spec: {containers: [{name: c, image: nginx}]}',
    'spec: {dnsPolicy: ClusterFirst, restartPolicy: Always, enableServiceLinks: true, terminationGracePeriodSeconds: 30, schedulerName: default-scheduler, securityContext: {}, containers: [{name: c, image: nginx, imagePullPolicy: Always, resources: {}, terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File}]}',
  ],
  [
    'an image with a tag',
    Pod,
    'spec: {containers: [{name: c, image: "localhost:5000/nginx:1.27"}]}',
    'spec: {containers: [{imagePullPolicy: IfNotPresent}]}',
  ],
  [
    'a registry with a port',
    Pod,
    'spec: {containers: [{name: c, image: "localhost:5000/nginx"}]}',
    'spec: {containers: [{imagePullPolicy: Always}]}',
  ],
  [
    'an image with a digest',
    Pod,
    'spec: {containers: [{name: c, image: "nginx@sha256:aa"}]}',
    'spec: {containers: [{imagePullPolicy: IfNotPresent}]}',
  ],
  [
    'limits are requests',
    Pod,
    'spec: {containers: [{name: c, resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}}]}',
    'spec: {containers: [{resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m, memory: 1Gi}}}]}',
  ],
  [
    'limits of the whole pod',
    Pod,
    'spec: {resources: {limits: {cpu: 2, memory: 1Gi}}, containers: [{name: a, resources: {requests: {cpu: 200m}}}, {name: b, resources: {requests: {cpu: 300m}}}]}',
    'spec: {resources: {requests: {cpu: 500m, memory: 1Gi}}}',
  ],
  [
    'probes',
    Pod,
    'spec: {containers: [{name: c, livenessProbe: {httpGet: {port: 80}, periodSeconds: 5}, readinessProbe: {grpc: {port: 1}}}]}',
    'spec: {containers: [{livenessProbe: {httpGet: {path: /, port: 80, scheme: HTTP}, timeoutSeconds: 1, periodSeconds: 5, successThreshold: 1, failureThreshold: 3}, readinessProbe: {grpc: {port: 1, service: ""}, timeoutSeconds: 1}}]}',
  ],
  [
    'variables from fields',
    Pod,
    'spec: {containers: [{name: c, env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]}]}',
    'spec: {containers: [{env: [{valueFrom: {fieldRef: {apiVersion: v1, fieldPath: status.podIP}}}]}]}',
  ],
  [
    'volumes',
    Pod,
    'spec: {containers: [], volumes: [{name: a}, {name: b, secret: {secretName: s}}, {name: c, hostPath: {path: /x}}, {name: d, projected: {sources: [{serviceAccountToken: {path: t}}]}}]}',
    'spec: {volumes: [{name: a, emptyDir: {}}, {secret: {defaultMode: 420}}, {hostPath: {type: ""}}, {projected: {defaultMode: 420, sources: [{serviceAccountToken: {expirationSeconds: 3600}}]}}]}',
  ],
  [
    'a pod on the network of its node',
    Pod,
    'spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}',
    'spec: {containers: [{ports: [{containerPort: 80, hostPort: 80, protocol: TCP}]}]}',
  ],
  [
    'the old name of serviceAccountName',
    Pod,
    'spec: {serviceAccount: a, containers: []}',
    'spec: {serviceAccount: a, serviceAccountName: a}',
  ],
  [
    'the new name wins',
    Pod,
    'spec: {serviceAccount: a, serviceAccountName: b, containers: []}',
    'spec: {serviceAccount: b, serviceAccountName: b}',
  ],
  // Workloads
  [
    'a Deployment',
    Deployment,
    'spec: {selector: {}, template: {spec: {containers: []}}}',
    'spec: {replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}, template: {spec: {dnsPolicy: ClusterFirst}}}',
  ],
  ['a Deployment of none', Deployment, 'spec: {replicas: 0, selector: {}, template: {}}', 'spec: {replicas: 0}'],
  [
    'half a strategy',
    Deployment,
    'spec: {selector: {}, template: {}, strategy: {rollingUpdate: {maxSurge: 1}}}',
    'spec: {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 25%}}}',
  ],
  [
    'a DaemonSet',
    DaemonSet,
    'spec: {selector: {}, template: {}}',
    'spec: {revisionHistoryLimit: 10, updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}}',
  ],
  [
    'a StatefulSet',
    StatefulSet,
    'spec: {selector: {}, template: {}, volumeClaimTemplates: [{metadata: {name: d}, spec: {}}]}',
    'spec: {replicas: 1, podManagementPolicy: OrderedReady, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}, persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}, volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d}, spec: {volumeMode: Filesystem, resources: {}}, status: {phase: Pending}}]}',
  ],
  [
    'a ReplicationController',
    ReplicationController,
    'spec: {template: {metadata: {labels: {a: b}}}}',
    'metadata: {name: x, labels: {a: b}}\nspec: {replicas: 1, selector: {a: b}}',
  ],
  [
    'a Job',
    Job,
    'spec: {template: {metadata: {labels: {a: b}}}}',
    'metadata: {name: x, labels: {a: b}}\nspec: {completions: 1, parallelism: 1, backoffLimit: 6, completionMode: NonIndexed, suspend: false, podReplacementPolicy: TerminatingOrFailed}',
  ],
  [
    'a Job with indexes that may fail',
    Job,
    'spec: {backoffLimitPerIndex: 1, completions: 3, template: {}}',
    'spec: {backoffLimit: 2147483647, completions: 3, parallelism: 1}',
  ],
  [
    'a CronJob',
    CronJob,
    'spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: []}}}}}',
    'spec: {concurrencyPolicy: Allow, suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1, jobTemplate: {spec: {template: {spec: {restartPolicy: Always}}}}}',
  ],
  [
    'an autoscaler',
    HorizontalPodAutoscaler,
    'spec: {maxReplicas: 3, behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}',
    'spec: {minReplicas: 1, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}], behavior: {scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max}, scaleDown: {stabilizationWindowSeconds: 60, selectPolicy: Max, policies: [{type: Percent, value: 100, periodSeconds: 15}]}}}',
  ],
  // Networking
  ['a policy', NetworkPolicy, 'spec: {podSelector: {}}', 'spec: {policyTypes: [Ingress]}'],
  [
    'a policy with egress',
    NetworkPolicy,
    'spec: {podSelector: {}, egress: [{ports: [{port: 53}]}]}',
    'spec: {policyTypes: [Ingress, Egress], egress: [{ports: [{port: 53, protocol: TCP}]}]}',
  ],
  ['a policy that says its types', NetworkPolicy, 'spec: {podSelector: {}, policyTypes: [Egress]}', 'spec: {policyTypes: [Egress]}'],
  [
    'parameters of a class',
    IngressClass,
    'spec: {controller: a/b, parameters: {kind: K, name: n}}',
    'spec: {parameters: {scope: Cluster}}',
  ],
  // Others
  ['a Secret', Secret, 'stringData: {a: hé}\ndata: {b: eA==}', 'type: Opaque\ndata: {a: aMOp, b: eA==}'],
  ['a Namespace', Namespace, '{}', 'metadata: {labels: {kubernetes.io/metadata.name: x}}\nstatus: {phase: Active}'],
  [
    'limits of containers',
    LimitRange,
    'spec: {limits: [{type: Container, max: {cpu: 2}, min: {cpu: 1, memory: 1Gi}, default: {memory: 2Gi}}]}',
    'spec: {limits: [{default: {cpu: 2, memory: 2Gi}, defaultRequest: {cpu: 2, memory: 2Gi}}]}',
  ],
  [
    'subjects',
    RoleBinding,
    'roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: u}, {kind: ServiceAccount, name: s}]',
    'roleRef: {apiGroup: rbac.authorization.k8s.io}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount}]',
  ],
  [
    'a webhook',
    ValidatingWebhookConfiguration,
    'webhooks: [{name: w, clientConfig: {service: {name: s, namespace: n}}, rules: [{operations: [CREATE]}]}]',
    'webhooks: [{failurePolicy: Fail, matchPolicy: Equivalent, namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10, clientConfig: {service: {port: 443}}, rules: [{scope: "*"}]}]',
  ],
  [
    'a definition',
    CustomResourceDefinition,
    'spec: {group: a.example, scope: Cluster, names: {plural: knobs, kind: Knob}, versions: []}',
    'spec: {conversion: {strategy: None}, names: {singular: knob, listKind: KnobList}}',
  ],
  [
    'a driver',
    CSIDriver,
    'spec: {}',
    'spec: {attachRequired: true, podInfoOnMount: false, fsGroupPolicy: ReadWriteOnceWithFSType, volumeLifecycleModes: [Persistent]}',
  ],
  // Defaults of schemas
  [
    'a route',
    HTTPRoute,
    'spec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: s, port: 80}]}]}',
    'spec: {parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], rules: [{matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{group: "", kind: Service, name: s, port: 80, weight: 1}]}]}',
  ],
  [
    'a listener',
    Gateway,
    'spec: {gatewayClassName: c, listeners: [{name: l, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: s}]}}]}',
    'spec: {listeners: [{allowedRoutes: {namespaces: {from: Same}}, tls: {mode: Terminate, certificateRefs: [{group: "", kind: Secret}]}}]}',
  ],
];

describe('defaults', () => {
  it.each(rows.map((row) => [row[0], row] as const))('%s', (_, [, kind, given, want, minorVersion = 36]) => {
    const object = defaulted(kind, given, minorVersion);
    expect(object).toMatchObject(yaml(want));
    expect(withDefaults(kind, object, minorVersion)).toEqual(object);
  });
});

describe('what has no place', () => {
  const none: readonly Row[] = [
    ['ExternalName', Service, 'spec: {type: ExternalName, externalName: a.example}', 'spec.internalTrafficPolicy'],
    ['ClusterIP', Service, 'spec: {}', 'spec.externalTrafficPolicy'],
    [
      'session affinity None',
      Service,
      'spec: {sessionAffinity: None, sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}}',
      'spec.sessionAffinityConfig',
    ],
    ['Services in v1.21', Service, 'spec: {}', 'spec.internalTrafficPolicy', 21],
    ['Recreate', Deployment, 'spec: {selector: {}, template: {}, strategy: {type: Recreate}}', 'spec.strategy.rollingUpdate'],
    ['templates', Deployment, 'spec: {selector: {}, template: {spec: {containers: []}}}', 'spec.template.spec.enableServiceLinks'],
    ['StatefulSets in v1.26', StatefulSet, 'spec: {selector: {}, template: {}}', 'spec.persistentVolumeClaimRetentionPolicy', 26],
    ['Namespaces in v1.20', Namespace, '{}', 'metadata.labels', 20],
    ['Secrets', Secret, 'stringData: {a: b}', 'stringData'],
    ['ConfigMaps', ConfigMap, '{}', 'data'],
    ['jobs of CronJobs', CronJob, 'spec: {schedule: x, jobTemplate: {spec: {template: {}}}}', 'spec.jobTemplate.spec.backoffLimit'],
  ];
  it.each(none.map((row) => [row[0], row] as const))('%s', (_, [, kind, given, path, minorVersion]) => {
    expect(defaulted(kind, given, minorVersion)).not.toHaveProperty(path);
  });

  it('host ports of templates, but up to v1.27', () => {
    const text = 'spec: {selector: {}, template: {spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}}}';
    const path = 'spec.template.spec.containers.0.ports.0.hostPort';
    expect(defaulted(Deployment, text, 28)).not.toHaveProperty(path);
    expect(defaulted(Deployment, text, 27)).toHaveProperty(path, 80);
  });
});

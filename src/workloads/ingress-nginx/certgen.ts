/**
 * kube-webhook-certgen: a Job makes an authority and the webhook's certificate and keeps them in a Secret, another one tells the API
 * server of the authority. (images/kube-webhook-certgen)
 */
import { Secret } from '#kube/kinds/secret.ts';
import { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import { rfc3339 } from '#kube/time.ts';
import { certificate, privateKey } from '#node/pki/certificate.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';

const century = 100 * 365 * 86_400_000;

const flagOf = (argv: readonly string[], name: string) => argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);

function start(context: ContainerContext): Started {
  const [, command, ...flags] = context.argv;
  const { objects } = context.change;
  const namespace = flagOf(flags, 'namespace') ?? 'default';
  const name = flagOf(flags, 'secret-name') ?? '';
  const line = (text: string) =>
    `{"level":"info","msg":${JSON.stringify(text)},"source":"cmd/${command ?? ''}.go","time":"${rfc3339(context.now)}"}`;
  const done = (logs: readonly string[]): Started => ({
    listeners: [],
    logs: logs.map((stderr) => ({ stderr })),
    exit: { after: 300, code: 0 },
  });
  const failed = (text: string): Started => ({
    listeners: [],
    logs: [{ stderr: `{"level":"fatal","msg":${JSON.stringify(text)},"time":"${rfc3339(context.now)}"}` }],
    exit: { after: 300, code: 1 },
  });
  const existing = objects.get(Secret, namespace, name);
  if (command === 'create') {
    if (existing !== undefined) return done([line('secret already exists')]);
    const purpose = `${objects.seed}/webhook/${namespace}/${name}`;
    const authority = { name: 'nil1', organization: 'nil1' };
    const hosts = (flagOf(flags, 'host') ?? '').split(',');
    const notAfter = context.now + century;
    const ca = certificate(`${purpose}/ca`, authority, authority, context.now, { notAfter });
    const cert = certificate(purpose, { name: 'nil2', organization: 'nil2' }, authority, context.now, {
      issuerPurpose: `${purpose}/ca`,
      usage: 'server',
      dns: hosts,
      notAfter,
    });
    const data = { ca: btoa(ca), cert: btoa(cert), key: btoa(privateKey(purpose)) };
    objects.put(Secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, uid: objects.uid(`secret/${namespace}/${name}`), creationTimestamp: rfc3339(context.now) },
      data,
      type: 'Opaque',
    });
    return done([line('getting secret'), line('no secret found'), line('creating new secret')]);
  }
  if (command !== 'patch') return failed(`unknown command ${JSON.stringify(command ?? '')} for "kube-webhook-certgen"`);
  const ca = existing?.data?.['ca'];
  if (ca === undefined) return failed(`no secret with '${name}' in '${namespace}'`);
  const webhook = flagOf(flags, 'webhook-name') ?? '';
  const configuration = objects.get(ValidatingWebhookConfiguration, '', webhook);
  if (configuration === undefined)
    return failed(`failed getting validating webhook: validatingwebhookconfigurations.admissionregistration.k8s.io "${webhook}" not found`);
  const failurePolicy = flagOf(flags, 'patch-failure-policy');
  const webhooks = (configuration.webhooks ?? []).map((one) => ({
    ...one,
    clientConfig: { ...one.clientConfig, caBundle: ca },
    ...(failurePolicy !== undefined && { failurePolicy }),
  }));
  objects.put(ValidatingWebhookConfiguration, { ...configuration, webhooks } as ValidatingWebhookConfiguration);
  return done([
    line(`patching webhook configurations '${webhook}' mutating=false, validating=true, failurePolicy=${failurePolicy ?? ''}`),
    line('Patched hook(s)'),
  ]);
}

export const kubeWebhookCertgen: Program = {
  tools: new Set(['kube-webhook-certgen']),
  entrypoint: ['/kube-webhook-certgen'],
  cmd: [],
  image: { pull: 1500, size: 28_000_000 },
  start,
  // What is not there yet may be at the next try.
  startsFrom: (objects) => [objects.revision(Secret), objects.revision(ValidatingWebhookConfiguration)],
};

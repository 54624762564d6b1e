/** `kubectl create token` (staging:kubectl/pkg/cmd/create/create_token.go). */
import type { KubeObject } from '#kube/object.ts';
import { ApiError, KubectlError } from '../errors.ts';
import { duration, string, stringArray } from '../flags.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb } from '../verb.ts';
import { nameArgument } from './generator.ts';

const flags = {
  ...printFlags,
  audience: stringArray('Whom the token is for; may be repeated.'),
  duration: duration('How long the token is to be valid.'),
  'bound-object-kind': string('The kind of the object the token ends with: Pod, Secret or Node.'),
  'bound-object-name': string('The name of that object.'),
  'bound-object-uid': string('The UID of that object.'),
};

interface TokenRequest extends KubeObject {
  readonly status?: { readonly token?: string };
}

export const token = defineVerb({
  name: 'token',
  use: 'token SERVICE_ACCOUNT_NAME',
  short: 'Request a service account token',
  flags,
  run: (kubectl, given) => {
    const { flags } = given;
    const name = nameArgument(kubectl, given);
    const kind = flags['bound-object-kind'];
    if (kind === '' && flags['bound-object-name'] !== '')
      throw new KubectlError('--bound-object-name can only be set if --bound-object-kind is provided');
    if (kind === '' && flags['bound-object-uid'] !== '')
      throw new KubectlError('--bound-object-uid can only be set if --bound-object-kind is provided');
    if (kind !== '' && !['Node', 'Pod', 'Secret'].includes(kind))
      throw new KubectlError('supported --bound-object-kind values are Node, Pod, Secret');
    if (kind !== '' && flags['bound-object-name'] === '')
      throw new KubectlError('--bound-object-name is required if --bound-object-kind is provided');
    if (flags.duration < 0) throw new KubectlError('--duration must be greater than or equal to 0');
    if (flags.duration % 1000 !== 0) throw new KubectlError('--duration cannot be expressed in units less than seconds');
    const request = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      spec: {
        audiences: flags.audience.length > 0 ? flags.audience : null,
        ...(flags.duration > 0 && { expirationSeconds: flags.duration / 1000 }),
        ...(kind !== '' && {
          boundObjectRef: {
            kind,
            apiVersion: 'v1',
            name: flags['bound-object-name'],
            ...(flags['bound-object-uid'] !== '' && { uid: flags['bound-object-uid'] }),
          },
        }),
      },
    };
    let answer: TokenRequest;
    try {
      const path = `/api/v1/namespaces/${kubectl.namespace.name}/serviceaccounts/${name}/token`;
      answer = kubectl.client.request('POST', path, { body: JSON.stringify(request) }).body as TokenRequest;
    } catch (error) {
      if (error instanceof ApiError) throw new KubectlError(`failed to create token: ${error.message}`);
      throw error;
    }
    if (!answer.status?.token) throw new KubectlError('failed to create token: no token in server response');
    if (flags.output === '' && flags.template === '') kubectl.out(`${answer.status.token}\n`);
    else printerFor({ flags, io: kubectl.io, typed: true }).print(answer, (text) => kubectl.out(text));
  },
});

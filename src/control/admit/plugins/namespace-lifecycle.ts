/** Objects are made only in namespaces that exist and stay. (staging:apiserver/pkg/admission/plugin/namespace/lifecycle) */
import { Namespace } from '#kube/kinds/namespace.ts';
import { resourceOf } from '#kube/kind.ts';
import { fail, forbidden, notFound, ok } from '#kube/status.ts';
import type { Plugin } from '../plugin.ts';

const immortal = ['default', 'kube-system', 'kube-public'];

export const namespaceLifecycle: Plugin = {
  name: 'NamespaceLifecycle',
  mutate({ operation, kind, object, objects }) {
    const { name, namespace = '' } = object.metadata;
    if (operation === 'DELETE' && kind.kind === 'Namespace' && kind.group === '' && immortal.includes(name)) {
      return fail(forbidden(kind, name, 'this namespace may not be deleted'));
    }
    if (operation !== 'CREATE' || !kind.namespaced) return ok(object);
    const home = objects.get(Namespace, '', namespace);
    if (home === undefined) return fail(notFound(Namespace, namespace));
    if (home.metadata.deletionTimestamp === undefined && home.status?.phase !== 'Terminating') return ok(object);
    // Whether access is allowed may still be asked.
    if (resourceOf(kind).startsWith('localsubjectaccessreviews')) return ok(object);
    const refusal = forbidden(kind, name, `unable to create new content in namespace ${namespace} because it is being terminated`);
    const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
    return fail({ ...refusal, details: { ...refusal.details, causes: [cause] } });
  },
};

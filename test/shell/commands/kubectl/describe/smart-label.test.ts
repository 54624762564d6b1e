import { describe, expect, it } from '@jest/globals';
import { smartLabel } from '#shell/commands/kubectl/describe/smart-label.ts';

const rows: readonly (readonly [name: string, until35: string, since36: string])[] = [
  ['kind', 'Kind', 'Kind'],
  ['apiVersion', 'API Version', 'API Version'],
  ['podCIDR', 'Pod CIDR', 'Pod CIDR'],
  ['podCIDRs', 'Pod CID Rs', 'Pod CIDRs'],
  ['podIPs', 'Pod I Ps', 'Pod I Ps'],
  ['baseUrl', 'Base URL', 'Base URL'],
  ['listURLs', 'List UR Ls', 'List URLs'],
  ['HTTPServer', 'HTTP Server', 'HTTPServer'],
  ['max-length', 'Max - Length', 'Max - Length'],
  ['openAPIV3Schema', 'openAPIV3Schema', 'openAPIV3Schema'],
  ['app.kubernetes.io/name', 'app.kubernetes.io/name', 'app.kubernetes.io/name'],
];

describe('names of fields as headings', () => {
  it.each(rows)('%s: %s, since kubectl 1.36 %s', (name, until35, since36) => {
    expect([smartLabel(name, false), smartLabel(name, true)]).toEqual([until35, since36]);
  });
});

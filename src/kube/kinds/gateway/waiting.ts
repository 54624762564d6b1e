/** What the definition's schema says of a condition before any controller has spoken. (gateway-api apis/v1: +kubebuilder:default) */
export function waiting(type: string) {
  return {
    type,
    status: 'Unknown',
    reason: 'Pending',
    message: 'Waiting for controller',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  } as const;
}

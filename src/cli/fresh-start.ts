/** Whether a cluster has come up from nothing in this process. */
export const freshStart = { happened: false };

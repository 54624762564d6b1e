/** What is wrong with the names that a cluster is to find outside. */
export { outsideProblem } from '#dataplane/dns/outside.ts';

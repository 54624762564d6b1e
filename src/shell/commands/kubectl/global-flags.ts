/** The flags that every command takes (`kubectl options`). */
import { bool, duration, int, string, stringArray, type Values } from './flags.ts';

export const globalFlags = {
  as: string('Who to act as: a user, or a service account of a namespace.'),
  'as-group': stringArray('A group to act in; may be repeated.'),
  'as-uid': string('The UID to act as.'),
  'cache-dir': string('Where discovery is cached.', '/root/.kube/cache'),
  'certificate-authority': string("A file with the certificate of the server's authority."),
  'client-certificate': string('A file with a client certificate for TLS.'),
  'client-key': string('A file with the key of the client certificate.'),
  cluster: string('The cluster of the kubeconfig to use.'),
  context: string('The context of the kubeconfig to use.'),
  'disable-compression': bool('Ask the server for uncompressed answers.'),
  'insecure-skip-tls-verify': bool("Do not check the server's certificate."),
  kubeconfig: string('The kubeconfig file to use.'),
  'log-flush-frequency': duration('Longest time between two flushes of the log.', 5000, '5s'),
  'match-server-version': bool("Require the server's version to be the client's."),
  namespace: string('The namespace to work in.', '', { shorthand: 'n' }),
  password: string('The password for basic authentication.'),
  profile: string('A profile to take: none, cpu, heap, goroutine, threadcreate, block or mutex.', 'none'),
  'profile-output': string('The file the profile is written to.', 'profile.pprof'),
  'request-timeout': string('How long one request may take, like 1s, 2m or 3h; 0 is for ever.', '0'),
  server: string('Address and port of the API server.', '', { shorthand: 's' }),
  'tls-server-name': string("The name the server's certificate must be for."),
  token: string('A bearer token for the API server.'),
  user: string('The user of the kubeconfig to use.'),
  username: string('The user for basic authentication.'),
  v: int('How much to log.', 0, { shorthand: 'v' }),
  vmodule: string('Log levels of single files: pattern=N,….'),
  'warnings-as-errors': bool('Fail when the server warns.'),
};

export type GlobalFlags = Values<typeof globalFlags>;

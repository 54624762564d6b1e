import { boolean, int64, list, pointer, required, string, struct, typed, type Infer } from '../schema.ts';

export const Capabilities = struct('Capabilities', 'Linux capabilities to add and drop', {
  add: list(typed('Capability', string()), 'those to add'),
  drop: list(typed('Capability', string()), 'those to drop'),
});
export type Capabilities = Infer<typeof Capabilities>;

export const SELinuxOptions = struct('SELinuxOptions', 'labels of SELinux', {
  user: string('user label'),
  role: string('role label'),
  type: string('type label'),
  level: string('level label'),
});

export const WindowsSecurityContextOptions = struct('WindowsSecurityContextOptions', 'settings for Windows', {
  gmsaCredentialSpecName: pointer(string('name of the GMSA credential')),
  gmsaCredentialSpec: pointer(string('the GMSA credential itself')),
  runAsUserName: pointer(string('the user that runs the process')),
  hostProcess: pointer(boolean('runs on the host')),
});

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

export const SeccompProfile = struct('SeccompProfile', 'which system calls are allowed', {
  type: required(typed('SeccompProfileType', string('where the profile comes from', profileTypes))),
  localhostProfile: pointer(string('a file on the node')),
});

export const AppArmorProfile = struct('AppArmorProfile', 'the AppArmor profile', {
  type: required(typed('AppArmorProfileType', string('where the profile comes from', profileTypes))),
  localhostProfile: pointer(string('a profile loaded on the node')),
});

/** Of one container; overrides that of the pod. */
export const SecurityContext = struct('SecurityContext', 'privileges of a container', {
  capabilities: Capabilities,
  privileged: pointer(boolean('is root on the host')),
  seLinuxOptions: SELinuxOptions,
  windowsOptions: WindowsSecurityContextOptions,
  runAsUser: pointer(int64('user number of the process')),
  runAsGroup: pointer(int64('group number of the process')),
  runAsNonRoot: pointer(boolean('refuses to start as user 0')),
  readOnlyRootFilesystem: pointer(boolean('the root file system cannot be written')),
  allowPrivilegeEscalation: pointer(boolean('a process may gain more privileges than its parent')),
  procMount: pointer(typed('ProcMountType', string('how /proc is mounted', ['Default', 'Unmasked']))),
  seccompProfile: SeccompProfile,
  appArmorProfile: AppArmorProfile,
});
export type SecurityContext = Infer<typeof SecurityContext>;

export const Sysctl = struct('Sysctl', 'a kernel parameter to set', {
  name: required(string('name of the parameter')),
  value: required(string('value of the parameter')),
});

/** Of all containers of a pod. */
export const PodSecurityContext = struct('PodSecurityContext', 'privileges of all containers of a pod', {
  seLinuxOptions: SELinuxOptions,
  windowsOptions: WindowsSecurityContextOptions,
  runAsUser: pointer(int64('user number of the processes')),
  runAsGroup: pointer(int64('group number of the processes')),
  runAsNonRoot: pointer(boolean('refuses to start as user 0')),
  supplementalGroups: list(int64(), 'more groups of the processes'),
  supplementalGroupsPolicy: pointer(
    typed('SupplementalGroupsPolicy', string('how they join the groups of the image', ['Merge', 'Strict'])),
  ),
  fsGroup: pointer(int64('the group that owns the volumes')),
  sysctls: list(Sysctl, 'kernel parameters of the pod'),
  fsGroupChangePolicy: pointer(
    typed('PodFSGroupChangePolicy', string('when the owner of volumes is changed', ['Always', 'OnRootMismatch'])),
  ),
  seccompProfile: SeccompProfile,
  appArmorProfile: AppArmorProfile,
  seLinuxChangePolicy: pointer(typed('PodSELinuxChangePolicy', string('how volumes are relabelled'))),
});
export type PodSecurityContext = Infer<typeof PodSecurityContext>;

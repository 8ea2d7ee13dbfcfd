import type { PodSpec } from '../../src/lib/kubernetes.ts'
import { isRecord } from '../inspect.ts'

/** A place in a pod that a Pod Security level does not allow: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export interface SecurityFault {
  readonly field: string
  readonly says: string
}

type Fields = Readonly<Record<string, unknown>>
type Container = PodSpec['containers'][number]

const read = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What of a pod spec the level does not allow; `isOurs` leaves out containers that c8s has put there. */
export function findSecurityFaults(
  spec: PodSpec,
  level: 'baseline' | 'restricted',
  isOurs: (container: Container) => boolean,
): readonly SecurityFault[] {
  const places = (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, at: `${list}[${index}]` })),
  )
  const judged = places.filter(({ container }) => !isOurs(container))
  const judge = level === 'baseline' ? judgeBaseline : judgeRestricted
  return [...judgeHost(spec), ...judged.flatMap(({ container, at }) => judge(container, at, spec))]
}

function judgeHost(spec: PodSpec): readonly SecurityFault[] {
  const shared = ['hostNetwork', 'hostPID', 'hostIPC'].flatMap((field) =>
    read(spec, field) === true ? [{ field, says: `has ${field}` }] : [],
  )
  const volumes = (spec.volumes ?? []).flatMap((volume, index) =>
    read(volume, 'hostPath') === undefined
      ? []
      : [{ field: `volumes[${index}].hostPath`, says: 'mounts a path of the node' }],
  )
  return [...shared, ...volumes]
}

/** Capabilities that every runtime gives by default. */
const usualCapabilities: ReadonlySet<unknown> = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
)

function judgeBaseline(container: Container, at: string): readonly SecurityFault[] {
  const context: Fields = container.securityContext ?? {}
  const added = listOf(read(context['capabilities'], 'add')).filter((one) => !usualCapabilities.has(one))
  const hostPorts = listOf(read(container, 'ports')).some((one) => Number(read(one, 'hostPort') ?? 0) > 0)
  const isUnmasked = ![undefined, 'Default'].includes(context['procMount'] as string | undefined)
  return [
    ...(context['privileged'] === true ? [fault(at, 'privileged', 'is privileged')] : []),
    ...(added.length > 0 ? [fault(at, 'capabilities.add', 'adds capabilities')] : []),
    ...(isUnmasked ? [fault(at, 'procMount', 'unmasks /proc')] : []),
    ...(hostPorts ? [{ field: `${at}.ports`, says: 'has a port of the node' }] : []),
  ]
}

function judgeRestricted(container: Container, at: string, spec: PodSpec): readonly SecurityFault[] {
  const context: Fields = container.securityContext ?? {}
  const pod: Fields = spec.securityContext ?? {}
  const drops = listOf(read(context['capabilities'], 'drop'))
  const profile = read(context['seccompProfile'] ?? pod['seccompProfile'], 'type')
  return [
    ...judgeBaseline(container, at),
    ...judgeRoot(container, at, spec),
    ...(context['allowPrivilegeEscalation'] === false
      ? []
      : [fault(at, 'allowPrivilegeEscalation', 'may gain privileges')]),
    ...(drops.includes('ALL') ? [] : [fault(at, 'capabilities.drop', 'does not drop ALL capabilities')]),
    ...(profile === 'RuntimeDefault' || profile === 'Localhost'
      ? []
      : [fault(at, 'seccompProfile', 'has no seccomp profile')]),
  ]
}

/** Whether nothing keeps a container from running as user 0: neither its user nor runAsNonRoot. */
export function judgeRoot({ securityContext = {} }: Container, at: string, spec: PodSpec): readonly SecurityFault[] {
  const pod: Fields = spec.securityContext ?? {}
  const user = securityContext['runAsUser'] ?? pod['runAsUser']
  const isNonRoot = securityContext['runAsNonRoot'] ?? pod['runAsNonRoot']
  const isSafe = user === undefined ? isNonRoot === true : user !== 0
  return isSafe ? [] : [fault(at, user === 0 ? 'runAsUser' : 'runAsNonRoot', 'may run as root')]
}

function fault(at: string, field: string, says: string): SecurityFault {
  return { field: `${at}.securityContext.${field}`, says }
}

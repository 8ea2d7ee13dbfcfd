import type { Service } from '../../../crds/parts/services.ts'
import type { Step } from '../../../crds/parts/step.ts'
import { findServiceName, nameServiceContainer } from '../../../crds/service-container.ts'
import { resolveReadySeconds, resolveServiceResources } from '../../../crds/service-defaults.ts'
import type { Instant } from '../../lib/clock.ts'
import { formatDuration } from '../../lib/duration.ts'
import type { ContainerStatus, Pod } from '../../lib/kubernetes.ts'
import { type Terminated, toInstant } from './container.ts'
import { findDisruption } from './disruption.ts'
import { toSentence } from './sentence.ts'
import type { Ended, Waiting } from './verdict.ts'

interface ServicesContext {
  readonly step: Step
  readonly now: Instant
}

/** What a service that is not ready means for its step; undefined where all are, or their turn has not come. */
export function judgeServices(pod: Pod, { step, now }: ServicesContext): Waiting | Ended | undefined {
  // Its containers are being killed: that says nothing about the service.
  if (findDisruption(pod) !== undefined) return undefined
  const statuses = pod.status?.initContainerStatuses ?? []
  const current = statuses.find(({ name, state, started }) =>
    findServiceName(name) === undefined ? state?.terminated === undefined : started !== true,
  )
  const service = findService(step, current)
  if (current === undefined || service === undefined) return undefined
  return judgeCrash(service, current) ?? judgeWait(service, { status: current, pod, now })
}

function findService({ services = [] }: Step, status: ContainerStatus | undefined): Service | undefined {
  const name = findServiceName(status?.name ?? '')
  return services.find((service) => service.name === name)
}

/** Kubelet starts it anew after the first end, which may have been bad luck; the second decides. */
const mostEnds = 2

function judgeCrash(service: Service, status: ContainerStatus): Ended | undefined {
  const { restartCount = 0, state, lastState } = status
  const end = state?.terminated ?? (state?.waiting === undefined ? undefined : lastState?.terminated)
  if (end === undefined || restartCount + 1 < mostEnds) return undefined
  const said = toTail(end.message)
  const message = `service ${service.name} ${describeEnd(end, service)} before it was ready, twice${said === '' ? '' : `: ${said}`}`
  return { kind: 'ended', phase: 'Failed', reason: 'ServiceNotReady', message }
}

function describeEnd({ reason, exitCode }: Terminated, service: Service): string {
  if (reason !== 'OOMKilled') return `ended with exit code ${exitCode}`
  return `was killed for using more than its memory limit of ${resolveServiceResources(service).limits.memory}`
}

/** Longest part of a service's last words that is told, in characters. */
const longestTail = 300

function toTail(message = ''): string {
  const line = toSentence(message.slice(-2 * longestTail), 2 * longestTail)
  return line.length <= longestTail ? line : `…${line.slice(1 - longestTail)}`
}

interface ServiceWait {
  readonly status: ContainerStatus
  readonly pod: Pod
  readonly now: Instant
}

function judgeWait(service: Service, { status, pod, now }: ServiceWait): Waiting | Ended {
  const { name, ready } = service
  const waiting = { kind: 'waiting', reason: 'StartingServices', message: `service ${name} is not ready yet` } as const
  const startedAt = toInstant(status.state?.running?.startedAt)
  if (ready === undefined || startedAt === undefined) return waiting
  const seconds = resolveReadySeconds(service)
  const failAt = startedAt + seconds * 1000
  if (now < failAt) return { ...waiting, recheckAt: failAt }
  const missing =
    ready.port === undefined ? 'its ready command did not succeed' : `nothing listens on port ${ready.port}`
  const look = `kubectl logs ${pod.metadata.name ?? ''} -c ${nameServiceContainer(name)} shows what it says`
  const message = `service ${name} was not ready within ${formatDuration(seconds)}: ${missing}; ${look}`
  return { kind: 'ended', phase: 'Failed', reason: 'ServiceNotReady', message }
}

/** What is to be added to the message of a step that failed: services that ended while it ran. */
export function describeLostServices(pod: Pod, step: Step, stepEnd: Terminated): string {
  const lost = (pod.status?.initContainerStatuses ?? []).flatMap((status) => {
    const service = findService(step, status)
    const end = service === undefined ? undefined : findEndBeside(status, stepEnd)
    return service === undefined || end === undefined ? [] : [`service ${service.name} ${describeEnd(end, service)}`]
  })
  return lost.length === 0 ? '' : `; while it ran, ${lost.join(', ')}`
}

/** At the end kubelet stops every service, which is no loss: only an end before that of the step is. */
function findEndBeside({ state, lastState }: ContainerStatus, stepEnd: Terminated): Terminated | undefined {
  const from = toInstant(stepEnd.startedAt) ?? 0
  const to = toInstant(stepEnd.finishedAt) ?? 0
  const isBeside = (end: Terminated | undefined, last: Instant) => {
    const at = toInstant(end?.finishedAt)
    return at !== undefined && at >= from && at <= last
  }
  // Times are in whole seconds.
  if (isBeside(state?.terminated, to - 1000)) return state?.terminated
  return isBeside(lastState?.terminated, to) ? lastState?.terminated : undefined
}

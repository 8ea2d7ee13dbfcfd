import { findServiceName } from '../../crds/service-container.ts'
import type { ContainerState, ContainerStatus } from '../lib/kubernetes.ts'

/** Longest part of a message that is looked at, in characters; its end. */
const messageTail = 600

/** Of a service also whether it is ready, and how it ended before; of other containers nothing more. */
export function trimServiceStatus({ name, started, restartCount = 0, lastState }: ContainerStatus): object {
  if (findServiceName(name) === undefined) return {}
  const end = trimEnd(lastState)
  return {
    restartCount,
    ...(started === undefined ? {} : { started }),
    ...(end === undefined ? {} : { lastState: end }),
  }
}

function trimEnd(state: ContainerState | undefined): ContainerState | undefined {
  if (state?.terminated === undefined) return undefined
  const { exitCode, reason, message, startedAt, finishedAt } = state.terminated
  const kept = { reason, startedAt, finishedAt, message: message?.slice(-messageTail) }
  const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
  return { terminated: { exitCode, ...known } }
}

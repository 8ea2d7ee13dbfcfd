import type { Finding } from '../../engine/trigger/finding.ts'
import { isConflict, isTransient, KubeError } from '../../kube/kube-error.ts'
import { ForgeError } from '../forge.ts'

/** Where nobody said when. */
const usualWaitMs = 5000

/** What a thrown error comes to. With retryAfterMs where it may pass by itself. */
export function toFailure(error: unknown): Finding {
  if (error instanceof ForgeError) {
    const { kind, message, retryAfterMs = usualWaitMs } = error
    const reason = `Forge${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
    return { verdict: 'Failed', reason, message, ...(error.isPassing ? { retryAfterMs } : {}) }
  }
  if (error instanceof KubeError) {
    const { message, retryAfterMs = usualWaitMs } = error
    if (isPassing(error)) return { verdict: 'Failed', reason: 'ApiServerUnavailable', message, retryAfterMs }
    return { verdict: 'Failed', reason: 'ApiServerRefused', message }
  }
  return { verdict: 'Failed', reason: 'Internal', message: 'c8s itself failed on the event: its log says how' }
}

/** Somebody else wrote at the same moment, or the API server, a webhook or its storage is away. */
export function isPassing(error: unknown): boolean {
  return isTransient(error) || isConflict(error)
}

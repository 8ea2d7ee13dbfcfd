import type { KubeWriter } from '../kube/ports.ts'
import { type Timers, waitFor } from '../kube/timers.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import type { Log } from '../lib/log.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { controllerLease } from './permissions.ts'
import type { ServerClock } from './server-clock.ts'

interface AskDeps {
  readonly api: Pick<KubeWriter, 'create'>
  readonly clock: ServerClock
  readonly timers: Timers
  readonly log: Log
}

const mostTries = 5
const retryMs = 1000

/**
 * Before anything is judged: a controller that takes over with a clock an hour ahead would end all runs that it finds. The API server
 * tells its time with what it creates, and a lease is what this account may create anyway; with dryRun none is stored.
 */
export async function askServerTime({ api, clock, timers, log }: AskDeps): Promise<void> {
  const { namespace } = controllerLease
  for (let tried = 1; tried <= mostTries; tried += 1) {
    try {
      const sentAt = clock.local()
      const lease: KubeObject = { metadata: { namespace, generateName: 'c8s-time-' } }
      const answer = await api.create<KubeObject>(resourceTypes.lease, lease, { dryRun: true })
      clock.learn(answer.metadata.creationTimestamp, sentAt)
      return
    } catch (error) {
      log.warn({ err: error, tried }, "the API server's time is not known yet; until it is, this machine's counts")
      if (tried < mostTries) await waitFor(timers, retryMs)
    }
  }
}

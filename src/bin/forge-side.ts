import { createDeliveryLog } from '../forge/deliveries/write.ts'
import { createOpenGitForge } from '../forge/git/open.ts'
import { createIntake } from '../forge/intake/intake.ts'
import { createOpenForge } from '../forge/open.ts'
import type { DeliveryLog, Intake, OpenForge } from '../forge/part.ts'
import type { KubeApi } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

export interface ForgeSideDeps {
  readonly client: KubeApi
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  /** Who tells of deliveries. */
  readonly component: 'c8s-server' | 'c8s-controller'
  readonly environment: NodeJS.ProcessEnv
}

export interface ForgeSide {
  readonly openForge: OpenForge
  readonly intake: Intake
  readonly deliveries: DeliveryLog
}

/** What the server and controller roles share of the forge side. C8S_ALLOW_LOOPBACK_FORGES is for tests. */
export function composeForgeSide({ client, clock, timers, log, component, environment }: ForgeSideDeps): ForgeSide {
  const allowLoopback = environment['C8S_ALLOW_LOOPBACK_FORGES'] === 'true'
  const openGit = createOpenGitForge({
    reader: client,
    timers,
    environment,
    temporaryFolder: environment['TMPDIR'] ?? '/tmp',
    allowLoopback,
  })
  const openForge = createOpenForge({ reader: client, clock, timers, openGit, allowLoopback })
  return {
    openForge,
    intake: createIntake({ client, openForge, clock, timers, log }),
    deliveries: createDeliveryLog({ client, clock, timers, component, log }),
  }
}

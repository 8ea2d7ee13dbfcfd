import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { parseFaultPoint, withFaultPoint } from '../controller/fault-point.ts'
import { createNetworkPoliciesPart } from '../controller/network-policies/part.ts'
import { createRetentionPart } from '../controller/retain-runs.ts'
import { runController } from '../controller/run-controller.ts'
import { createKubeClient } from '../kube/adapter.ts'
import { openConnection } from '../kube/connection.ts'
import { systemTimers } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import { createForgeParts } from './forge-parts.ts'
import { createLog } from './log.ts'

const fieldManager = 'c8s-controller'
/** Less than half of the time in which the lease has to be renewed. */
const leaseTimeoutMs = 4000

/** Monotonic: a jump of the machine's clock ends no run early. */
function createSteadyClock(): Clock {
  const origin = Date.now() - performance.now()
  return { now: () => origin + performance.now() }
}

/** The controller role. Environment: C8S_HEALTH_PORT (8080), POD_NAME, C8S_FAULT_POINT (tests only), those of forge-parts.ts, and the cluster's own. */
export async function start() {
  // Watching makes garbage all day: collected when the heap has grown by 40 %, not when it has doubled (130 → 100 MB).
  setFlagsFromString('--heap-growing-percent=40')
  setFlagsFromString('--optimize-for-size')
  const log = createLog('controller')
  const connection = await openConnection(process.env)
  const client = createKubeClient(connection, { fieldManager })
  const fault = parseFaultPoint(process.env['C8S_FAULT_POINT'])
  const running = await runController({
    api: fault === undefined ? client : withFaultPoint(client, fault, () => process.kill(process.pid, 'SIGKILL')),
    leaseApi: createKubeClient(connection, { fieldManager, timeoutMs: leaseTimeoutMs }),
    timers: systemTimers,
    clock: createSteadyClock(),
    log,
    identity: `${process.env['POD_NAME'] ?? 'c8s-controller'}_${randomUUID()}`,
    parts: [createForgeParts, createRetentionPart, createNetworkPoliciesPart],
    healthPort: Number(process.env['C8S_HEALTH_PORT'] ?? 8080),
    onLost: (reason) => {
      log.error({ reason }, 'the lease is lost; ending')
      process.exit(1)
    },
  })
  log.info({ server: connection.server.href, port: running.healthPort }, 'watching')
  return {
    stop: async () => {
      await running.stop()
      connection.close()
    },
  }
}

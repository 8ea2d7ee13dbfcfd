import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { parseExternalURL } from '../forge/register/external-url.ts'
import { createKubeClient } from '../kube/adapter.ts'
import { openConnection } from '../kube/connection.ts'
import { systemClock } from '../kube/system-clock.ts'
import { systemTimers } from '../kube/timers.ts'
import { defaultRate, parseRate } from '../receiver/rate-limit.ts'
import { runReceiver } from '../receiver/run.ts'
import { incomingProviders } from '../vcs/incoming/registry.ts'
import { composeForgeSide } from './forge-side.ts'
import { createLog } from './log.ts'

/** Forges wait for 10 s at most. */
const callTimeoutMs = 3000
/** Proxies and kube-proxy take a moment to learn that this replica is leaving. */
const drainMs = 5000

/**
 * The server role: takes deliveries. Environment: C8S_PORT (8090), C8S_HEALTH_PORT (8080), C8S_EXTERNAL_URL, C8S_RATE_LIMIT
 * (200/2000), C8S_ALLOW_LOOPBACK_FORGES (tests only), and the cluster's own.
 */
export async function start() {
  // Bodies are garbage at once: collected when the heap has grown by 40 %, not when it has doubled.
  setFlagsFromString('--heap-growing-percent=40')
  setFlagsFromString('--optimize-for-size')
  const log = createLog('server')
  const environment = process.env
  const rate = environment['C8S_RATE_LIMIT']
  const externalURL = parseExternalURL(environment['C8S_EXTERNAL_URL'])
  const connection = await openConnection(environment)
  const client = createKubeClient(connection, { fieldManager: 'c8s-server', timeoutMs: callTimeoutMs })
  const shared = { clock: systemClock, timers: systemTimers, log }
  const { intake, deliveries } = composeForgeSide({ ...shared, client, component: 'c8s-server', environment })
  const running = await runReceiver({
    ...shared,
    api: client,
    providers: incomingProviders,
    intake,
    deliveries,
    rate: rate === undefined ? defaultRate : parseRate(rate),
    port: Number(environment['C8S_PORT'] ?? 8090),
    healthPort: Number(environment['C8S_HEALTH_PORT'] ?? 8080),
    drainMs,
  })
  log.info({ port: running.port, healthPort: running.healthPort, externalURL }, 'deliveries are taken')
  return {
    stop: async () => {
      await running.stop()
      connection.close()
    },
  }
}

import process from 'node:process'
import { runAdmission } from '../../webhooks/role.ts'
import { createKubeClient } from '../kube/adapter.ts'
import { openConnection } from '../kube/connection.ts'
import { systemClock } from '../kube/system-clock.ts'
import { systemTimers } from '../kube/timers.ts'
import { readAdmissionSettings } from './admission-settings.ts'
import { createCertificates } from './certificates.ts'
import { createLog } from './log.ts'
import { createNearObjects } from './near-objects.ts'

/** Reads of an admission must end well within the 5 s that the API server waits for its answer. */
const readTimeoutMs = 2000
/** kube-proxy and the API server take a moment to learn that this replica is leaving. */
const drainMs = 5000

/** Environment: those of admission-settings.ts, C8S_CERTIFICATES, C8S_WEBHOOK_PORT (8443), C8S_HEALTH_PORT (8080), and the cluster's own. */
export async function start() {
  const log = createLog('admission')
  const connection = await openConnection(process.env)
  const client = createKubeClient(connection, { fieldManager: 'c8s-admission' })
  const onFault = (error: unknown) =>
    log.warn({ err: error }, 'a watch broke and starts again; reads are live until then')
  const watched = createNearObjects({ source: client, timers: systemTimers, onFault })
  const keeper = createCertificates(client, log)
  const running = await runAdmission({
    source: createKubeClient(connection, { fieldManager: 'c8s-admission', timeoutMs: readTimeoutMs }),
    near: watched.near,
    certificates: keeper,
    clock: systemClock,
    log,
    settings: readAdmissionSettings(process.env),
    webhookPort: Number(process.env['C8S_WEBHOOK_PORT'] ?? 8443),
    healthPort: Number(process.env['C8S_HEALTH_PORT'] ?? 8080),
    drainMs,
  })
  watched.start()
  keeper.start()
  return {
    stop: async () => {
      await running.stop()
      await Promise.all([keeper.stop(), watched.stop()])
      connection.close()
    },
  }
}

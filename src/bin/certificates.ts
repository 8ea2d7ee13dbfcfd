import process from 'node:process'
import { createExternalCertificates } from '../../certs/external.ts'
import { createCertificateKeeper } from '../../certs/keeper.ts'
import { certificateNames } from '../../certs/names.ts'
import type { CertificateAction } from '../../certs/policy.ts'
import type { KubeClient } from '../kube/ports.ts'
import { systemClock } from '../kube/system-clock.ts'
import { systemTimers } from '../kube/timers.ts'
import { readCertificateMode } from './admission-settings.ts'
import type { createLog } from './log.ts'

/** Our own, or those that somebody else keeps in a Secret. */
export function createCertificates(client: KubeClient, log: ReturnType<typeof createLog>) {
  const { secret, external, ...names } = certificateNames
  const shared = { client, clock: systemClock, timers: systemTimers, ...names }
  const onFault = (error: unknown) =>
    log.error({ err: error }, 'certificates could not be looked after; will try again')
  if (readCertificateMode(process.env) === 'external') {
    return createExternalCertificates({ ...shared, secret: external, onFault })
  }
  const onAction = (action: CertificateAction) => log.info({ action }, 'certificates')
  return createCertificateKeeper({ ...shared, secret, onAction, onFault })
}

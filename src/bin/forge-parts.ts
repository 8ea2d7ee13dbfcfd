import process from 'node:process'
import type { ControllerPart, CreatePart, PartInputs } from '../controller/parts.ts'
import { createDeliveriesPart } from '../forge/deliveries/part.ts'
import { createHeadsPart } from '../forge/heads/part.ts'
import type { ForgeSettings, Part, PartDeps } from '../forge/part.ts'
import { parseExternalURL } from '../forge/register/external-url.ts'
import { createRegisterPart } from '../forge/register/part.ts'
import { createReportPart } from '../forge/report/part.ts'
import { createSchedulePart } from '../forge/schedule/part.ts'
import { createConnectionStatus } from '../forge/status.ts'
import { systemClock } from '../kube/system-clock.ts'
import type { Clock } from '../lib/clock.ts'
import { parseDuration } from '../lib/duration.ts'
import { composeForgeSide, type ForgeSide } from './forge-side.ts'

const parts: readonly ((deps: PartDeps, wallClock: Clock) => Part)[] = [
  createRegisterPart,
  createDeliveriesPart,
  createHeadsPart,
  (deps, wallClock) => createSchedulePart({ ...deps, clock: wallClock }),
  createReportPart,
]

/** Environment: C8S_EXTERNAL_URL, C8S_POLL_INTERVAL (5m; 0s for never). */
export function readForgeSettings(environment: NodeJS.ProcessEnv): ForgeSettings {
  const interval = environment['C8S_POLL_INTERVAL'] ?? '5m'
  const seconds = parseDuration(interval)
  if (seconds === undefined) throw new Error('C8S_POLL_INTERVAL must be a duration such as 5m, or 0s for never')
  return { externalURL: parseExternalURL(environment['C8S_EXTERNAL_URL']), pollIntervalMs: seconds * 1000 }
}

/** All that the controller role does with forges, as one part: they share credentials, intake and the status they write. */
export const createForgeParts: CreatePart = (inputs) => {
  const { api, clock, timers, log } = inputs
  const environment = process.env
  const side = composeForgeSide({ client: api, clock, timers, log, component: 'c8s-controller', environment })
  return composeForgeParts({ inputs, side, settings: readForgeSettings(environment), wallClock: systemClock })
}

export interface ForgePartsInputs {
  readonly inputs: PartInputs
  readonly side: ForgeSide
  readonly settings: ForgeSettings
  /** Schedules follow it: the controller's own clock is steady, and stands still while the machine sleeps. */
  readonly wallClock: Clock
}

export function composeForgeParts({ inputs, side, settings, wallClock }: ForgePartsInputs): ControllerPart {
  const { api, caches, timers, log } = inputs
  const connectionStatus = createConnectionStatus({ client: api, connections: caches.connections, timers, log })
  const deps = { ...inputs, ...side, connectionStatus, settings }
  const created = parts.map((create) => create(deps, wallClock))
  return {
    start: () => created.forEach((part) => part.start()),
    stop: async () => {
      await Promise.all(created.map((part) => part.stop()))
      await Promise.all([connectionStatus.drain(), side.deliveries.drain()])
    },
  }
}

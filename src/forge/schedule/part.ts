import type { PipelineConfig } from '../../../crds/kinds.ts'
import { annotations } from '../../../crds/labels.ts'
import { type Change, toId, toKey } from '../../kube/cache.ts'
import { createEventWriter, type EventWriter } from '../../kube/events.ts'
import type { Lane } from '../../kube/queue-state.ts'
import { createWorkQueue } from '../../kube/work-queue.ts'
import { isSameJson } from '../../lib/json-equal.ts'
import { forgeWorkers, toForgeLanes } from '../lanes.ts'
import type { Part, PartDeps } from '../part.ts'
import { findReached, planSchedules } from './due.ts'
import {
  type Memory,
  noteSchedules,
  openMemory,
  type ServedStatus,
  storeServed,
  tellScheduled,
  toServed,
} from './memory.ts'
import { findRequest, findRequestBranch, joinTokens, tellOpen, tellServed, tellServedBefore } from './request.ts'
import { type OccasionOutcome, startRun } from './start-run.ts'

/** Timers do not notice a clock that was put forward. */
const longestSleepMs = 300_000
const firstRetryMs = 5000
const longestRetryMs = 300_000

interface Scheduler extends PartDeps {
  readonly events: EventWriter
  /** By uid of the config. */
  readonly memories: Map<string, Memory>
}

/** Runs configs at the moments of their schedules, and when somebody asks for a run by an annotation. */
export function createSchedulePart(deps: PartDeps): Part {
  const { caches, timers, log, api, clock } = deps
  const onLost = (error: unknown) => log.warn({ err: error }, 'an Event about a schedule was not written')
  const events = createEventWriter({ client: api, clock, component: 'c8s-controller', onFault: onLost })
  const scheduler: Scheduler = { ...deps, events, memories: new Map() }
  const queue = createWorkQueue({
    timers,
    workers: forgeWorkers,
    lanesOf: (key) => toLanes(findConfig(deps, key)),
    work: (key) => serve(scheduler, key),
    onFault: (error, key, failures) =>
      log.error({ err: error, config: key, failures }, 'schedules and requests of a config will be looked at again'),
  })
  return {
    start() {
      caches.configs.onChange((change) => {
        if (noteChange(scheduler, change)) queue.add(toId(toKey(change.object)))
      })
      queue.start()
    },
    stop: () => queue.stop(),
  }
}

/** Whether there is something new to look at. */
function noteChange({ memories, clock }: Scheduler, { kind, object, previous }: Change<PipelineConfig>): boolean {
  const { uid = '' } = object.metadata
  const memory = memories.get(uid)
  if (kind === 'removed') memories.delete(uid)
  if (kind === 'removed') return false
  if (memory === undefined) memories.set(uid, openMemory(object))
  else memory.added = noteSchedules(memory.added, object, clock.now())
  return kind === 'added' || !isSameJson(pickWishes(previous), pickWishes(object))
}

function pickWishes(config: PipelineConfig | undefined): object {
  const schedules = config?.spec.triggers?.schedules ?? []
  return { schedules, token: config?.metadata.annotations?.[annotations.runRequested] ?? '' }
}

function findConfig({ caches }: PartDeps, key: string): PipelineConfig | undefined {
  const [namespace = '', name = ''] = key.split('/')
  return caches.configs.get({ namespace, name })
}

function toLanes(config: PipelineConfig | undefined): readonly Lane[] {
  return config === undefined ? [] : toForgeLanes(config.metadata.namespace ?? '', config.spec.repository)
}

interface Round {
  readonly status: ServedStatus
  /** Of each that is to be tried again: when that may help. */
  readonly waits: readonly number[]
}

/** Gives back after how many milliseconds to look again. */
async function serve(scheduler: Scheduler, key: string): Promise<number | undefined> {
  const { memories, clock, api } = scheduler
  const config = findConfig(scheduler, key)
  const memory = memories.get(config?.metadata.uid ?? '')
  if (config === undefined || memory === undefined || config.metadata.deletionTimestamp !== undefined) return undefined
  const requested = await serveRequest(scheduler, config, memory.status)
  // Stored at once: a schedule that is served slowly does not keep the answer back.
  await storeServed(api, config, { memory, status: requested.status })
  const scheduled = await serveSchedules(scheduler, config, memory)
  await storeServed(api, config, { memory, status: scheduled.status })
  const waits = [...requested.waits, ...scheduled.waits]
  memory.failures = waits.length === 0 ? 0 : memory.failures + 1
  const { next } = planSchedules(config.spec.triggers?.schedules ?? [], toServed(memory, config), clock.now())
  return toSleep({ waits, failures: memory.failures, untilNext: next === undefined ? undefined : next - clock.now() })
}

function toSleep(after: {
  readonly waits: readonly number[]
  readonly failures: number
  readonly untilNext: number | undefined
}): number | undefined {
  const { waits, failures, untilNext } = after
  const step = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20))
  const retry = waits.length === 0 ? [] : [Math.max(step, ...waits)]
  const sleeps = [...retry, ...(untilNext === undefined ? [] : [Math.max(0, untilNext)])]
  return sleeps.length === 0 ? undefined : Math.min(longestSleepMs, ...sleeps)
}

async function serveRequest(scheduler: Scheduler, config: PipelineConfig, before: ServedStatus): Promise<Round> {
  const status = joinTokens(before, config.status)
  const request = findRequest(config, status)
  if (request === undefined) return { status, waits: [] }
  if (request.isServed) return { status: tellServedBefore(status, request), waits: [] }
  const branch = findRequestBranch(config)
  const { retryAfterMs, ...outcome } = await startRun(scheduler, config, {
    type: 'request',
    id: request.token,
    delivery: `request:${request.shown}`,
    ...(branch === undefined ? {} : { branch }),
    ...(request.requestedBy === undefined ? {} : { triggeredBy: request.requestedBy }),
  })
  if (retryAfterMs === undefined) return { status: tellServed(status, request, outcome), waits: [] }
  return { status: tellOpen(status, request, outcome.message ?? ''), waits: [retryAfterMs] }
}

async function serveSchedules(scheduler: Scheduler, config: PipelineConfig, memory: Memory): Promise<Round> {
  const schedules = config.spec.triggers?.schedules ?? []
  const [served, now] = [toServed(memory, config), scheduler.clock.now()]
  const { due } = planSchedules(schedules, served, now)
  const waits: number[] = []
  for (const { schedule, key, moment } of due) {
    const id = JSON.stringify([key, moment])
    if (memory.done.has(id)) continue
    const at = new Date(moment).toISOString()
    const occasion = { type: 'schedule', id, delivery: `schedule:${at}` } as const
    const { branch } = schedule
    const outcome = await startRun(scheduler, config, { ...occasion, ...(branch === undefined ? {} : { branch }) })
    if (outcome.retryAfterMs === undefined) memory.done.add(id)
    else waits.push(outcome.retryAfterMs)
    if (outcome.run === undefined) await tellFailed(scheduler, config, { cron: schedule.cron, at, outcome })
  }
  const reached = findReached(served, due, now)
  if (waits.length > 0 || reached === served.until) return { status: memory.status, waits }
  memory.done.clear()
  return { status: tellScheduled(memory.status, reached), waits }
}

interface FailedMoment {
  readonly cron: string
  readonly at: string
  readonly outcome: OccasionOutcome
}

/** Status has no place for it: the next moment may go well. The same words twice are one Event that counts. */
async function tellFailed({ events }: Scheduler, config: PipelineConfig, { cron, at, outcome }: FailedMoment) {
  const { message = '', retryAfterMs } = outcome
  const further = retryAfterMs === undefined ? '' : '; it is tried again for an hour'
  const text = `the run of the schedule ${cron} at ${at} was not started: ${message}${further}`
  await events.write({ about: config, type: 'Warning', reason: 'ScheduleFailed', message: text })
}

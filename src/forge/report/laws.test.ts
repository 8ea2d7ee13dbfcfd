import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PipelineRunStatus } from '../../../crds/pipeline-run.ts'
import { ReportPlayground } from '../../../test/helpers/report-playground.ts'
import { judgeReportState } from '../../engine/report-state.ts'
import { KubeError } from '../../kube/kube-error.ts'
import { ForgeError } from '../forge.ts'

const completionTime = '2026-01-01T00:00:00Z'
const lives: readonly (readonly PipelineRunStatus[])[] = [
  [{ phase: 'Pending', reason: 'Starting' }, { phase: 'Running' }, { phase: 'Succeeded', completionTime }],
  [
    { phase: 'Pending', reason: 'ApprovalRequired' },
    { phase: 'Cancelled', reason: 'Cancelled', completionTime },
  ],
  [{ phase: 'Running' }, { phase: 'Failed', reason: 'InfrastructureError', completionTime }],
  [{ phase: 'Pending', reason: 'QuotaExceeded' }, { phase: 'Running' }, { phase: 'Failed', completionTime }],
]
/** The first two speak for one line. */
const runs = [
  { name: 'r0', commit: 'a'.repeat(40) },
  { name: 'r1', commit: 'a'.repeat(40) },
  { name: 'r2', commit: 'b'.repeat(40) },
] as const

type Move =
  | { readonly kind: 'go'; readonly run: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'pass'; readonly ms: number }
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('go' as const), run: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 400, 700, 5000, 400_000) }),
  },
)
const fault = fc.constantFrom('none', 'none', 'none', 'away', 'full', 'forbidden', 'lost', 'status')
type Fault = 'none' | 'away' | 'full' | 'forbidden' | 'lost' | 'status'
const story = fc.record({
  moves: fc.array(move, { maxLength: 30 }),
  faults: fc.array(fault as fc.Arbitrary<Fault>, { maxLength: 15 }),
  lives: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
})

const ranks: Readonly<Record<string, number>> = { pending: 0, running: 1 }
const rankOf = (state: string) => ranks[state] ?? 2
const nameIn = (url = '') => url.split('/').at(-1) ?? ''

/** One fault for each call, as long as there are any. */
class Faults {
  readonly #left: Fault[]
  #current: Fault = 'none'
  /** Answers that got lost: what was told by them may be told again. */
  lost = 0
  constructor(faults: readonly Fault[]) {
    this.#left = [...faults]
  }

  before = (): ForgeError | undefined => {
    this.#current = this.#left.shift() ?? 'none'
    if (this.#current === 'away') return new ForgeError('unavailable', 'away')
    if (this.#current === 'full') return new ForgeError('rateLimited', 'full', 30_000)
    return this.#current === 'forbidden' ? new ForgeError('forbidden', 'no') : undefined
  }

  after = (): Error | undefined => {
    if (this.#current !== 'lost') return undefined
    this.lost += 1
    return new ForgeError('unavailable', 'the answer got lost')
  }

  /** The API server does not take what the forge has taken. */
  status = (isReport: boolean): void => {
    if (!isReport || this.#current !== 'status') return
    this.#current = 'none'
    throw new KubeError('apply', { status: 0, reason: 'ConnectionFailed', detail: 'away' })
  }
}

test('whatever fails and whenever it starts anew, the forge comes to show how the runs are, and never goes back', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ moves, faults: given, lives: which }) => {
      const faults = new Faults(given)
      const it = new ReportPlayground(
        { before: faults.before, after: faults.after },
        { before: ({ options }) => faults.status(options?.fieldManager === 'c8s-report') },
      )
      await it.connect()
      await it.start()
      const places = [-1, -1, -1]
      let restarts = 0
      for (const each of moves) {
        if (each.kind === 'pass') await it.pass(each.ms)
        if (each.kind === 'restart') {
          restarts += 1
          await it.restart()
        }
        if (each.kind === 'go') await go(it, { places, lives: which, index: each.run })
      }
      await it.pass(3_600_000)
      await check(it)
      expect(countRepeats(it)).toBeLessThanOrEqual(restarts + faults.lost)
      expect(it.memory.mostAtOnce()).toBeLessThanOrEqual(1)
      await it.stop()
    }),
    { numRuns: 100 },
  )
}, 60_000)

interface Going {
  readonly places: number[]
  readonly lives: readonly number[]
  readonly index: number
}

/** The run is made, then goes one state further. */
async function go(it: ReportPlayground, { places, lives: which, index }: Going): Promise<void> {
  const run = runs[index]
  const place = places[index] ?? -1
  const status = lives[which[index] ?? 0]?.[place]
  if (run === undefined) return
  if (place < 0) await it.create(run.name, { commit: run.commit, event: { command: '/retest' } })
  if (status !== undefined) await it.setStatus(run.name, status)
  places[index] = place + 1
  // Creation times have whole seconds.
  if (place < 0) await it.pass(1000)
}

async function check(it: ReportPlayground): Promise<void> {
  const { reports, shown } = it.memory
  const there = (await Promise.all(runs.map(({ name }) => it.read(name)))).filter((run) => run !== undefined)
  for (const line of Map.groupBy(there, ({ spec }) => spec.commit).values()) {
    const speaker = line.toSorted((a, b) => byCreation(a) - byCreation(b)).at(-1)
    if (speaker?.status?.phase === undefined) continue
    const now = shown.get(`${speaker.spec.commit} c8s/ci`)
    expect([now?.state, nameIn(now?.url)]).toEqual([judgeReportState(speaker), speaker.metadata.name])
    expect(speaker.status.report?.state).toBe(judgeReportState(speaker))
    expect(speaker.status.report).not.toHaveProperty('failures')
    const told = reports.filter(({ commit }) => commit === speaker.spec.commit)
    const first = told.findIndex(({ url }) => nameIn(url) === speaker.metadata.name)
    expect(told.slice(first).map(({ url }) => nameIn(url))).toEqual(told.slice(first).map(() => speaker.metadata.name))
  }
  for (const each of there) {
    const states = reports.filter(({ url }) => nameIn(url) === each.metadata.name).map(({ state }) => rankOf(state))
    expect(states).toEqual(states.toSorted((a, b) => a - b))
  }
}

const byCreation = ({ metadata }: { metadata: { creationTimestamp?: string } }) =>
  Date.parse(metadata.creationTimestamp ?? '')

function countRepeats(it: ReportPlayground): number {
  const said = it.memory.reports.map(({ url, state, description }) => `${url} ${state} ${description}`)
  return said.length - new Set(said).size
}

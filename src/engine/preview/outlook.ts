import { sortGraph } from '../../lib/dag.ts'
import { parseQuantity, type Quantity } from '../../lib/quantity.ts'
import type { QuotaRoom } from './quota-room.ts'
import { makesPod, type StepPreview } from './step-preview.ts'

/**
 * Whether a quota has room now. `room`: for all that may run side by side. `partly`: something starts at once, but not all that
 * could. `wait`: nothing that comes first has room. `never`: a step asks for more than there is in all.
 */
type QuotaVerdict = 'room' | 'partly' | 'wait' | 'never'

export interface QuotaOutlook {
  readonly quota: string
  readonly verdict: QuotaVerdict
  /** How many runs stand in its queue now. */
  readonly waiting?: number | undefined
  /** What is short; absent where there is room. */
  readonly short?: Shortage
}

interface Shortage {
  /** As the quota names it: `requests.cpu`. */
  readonly name: string
  readonly used: string
  readonly hard: string
  /** What the smallest of the first steps asks for, or for `partly` all at the widest, or for `never` the step. */
  readonly asked: Quantity
  /** The step that asks for it. */
  readonly step?: string
}

export interface OutlookFacts {
  readonly steps: readonly StepPreview[]
  readonly quotas: readonly QuotaRoom[]
  readonly measureWidest: (name: string) => Quantity
}

const order: readonly QuotaVerdict[] = ['room', 'partly', 'wait', 'never']

/** The worst that each quota says, in the order of the quotas. What is used may be otherwise a moment later. */
export function judgeQuotas(facts: OutlookFacts): readonly QuotaOutlook[] {
  return facts.quotas.flatMap((quota) => {
    const found = Object.entries(quota.hard).flatMap(([name, hard]) => judgeLimit(facts, quota, { name, hard }))
    const worst = found.toSorted((a, b) => order.indexOf(b.verdict) - order.indexOf(a.verdict))[0]
    return worst === undefined ? [] : [worst]
  })
}

function judgeLimit(
  { steps, measureWidest }: OutlookFacts,
  { title, waiting, ...quota }: QuotaRoom,
  { name, hard }: { readonly name: string; readonly hard: string },
): readonly QuotaOutlook[] {
  const pods = steps.filter(makesPod)
  const asking = pods.map((step) => ({ step: step.name, asked: step.amounts.get(name) ?? 0n }))
  const most = parseQuantity(hard)
  if (most === undefined || !pods.some(({ amounts }) => amounts.has(name))) return []
  const used = quota.used[name] ?? '0'
  const free = most - (parseQuantity(used) ?? 0n)
  const answer = (verdict: QuotaVerdict, asks?: { asked: Quantity; step?: string }): readonly QuotaOutlook[] => [
    { quota: title, verdict, waiting, ...(asks === undefined ? {} : { short: { name, used, hard, ...asks } }) },
  ]
  const tooLarge = asking.find(({ asked }) => asked > most)
  if (tooLarge !== undefined) return answer('never', tooLarge)
  const first = findFirst(steps).map(({ name: step, amounts }) => ({ step, asked: amounts.get(name) ?? 0n }))
  const least = first.toSorted((a, b) => (a.asked < b.asked ? -1 : a.asked > b.asked ? 1 : 0))[0]
  if (least !== undefined && least.asked > free) return answer('wait', least)
  // Objects are counted until they are deleted, an hour after their end; requests and limits only while pods run.
  const wanted = name.startsWith('count/') ? asking.reduce((sum, { asked }) => sum + asked, 0n) : measureWidest(name)
  return wanted > free ? answer('partly', { asked: wanted }) : answer('room')
}

/** The pods that come first: nothing that makes a pod must end before them. */
function findFirst(steps: readonly StepPreview[]): readonly StepPreview[] {
  const byName = new Map(steps.map((step) => [step.name, step]))
  const waits = new Map<string, boolean>()
  const needsOf = (name: string) => byName.get(name)?.needs ?? []
  for (const name of sortGraph({ nodes: () => byName.keys(), needs: needsOf }).order) {
    const isOpen = (need: string) => {
      const before = byName.get(need)
      return before !== undefined && (makesPod(before) || waits.get(need) === true)
    }
    waits.set(name, needsOf(name).some(isOpen))
  }
  const first = steps.filter((step) => makesPod(step) && !step.isFinal && waits.get(step.name) === false)
  return first.length > 0 ? first : steps.filter(makesPod).slice(0, 1)
}

import { describeProgress } from './progress.ts'
import { isOpen, listMain, listNames, type PlanRule } from './rule.ts'

/** A cancelled or timed out run starts nothing and waits for what runs to end; its finally steps come after that. */
export const stopping: PlanRule = {
  id: 'stopping',
  decide(view) {
    const open = listMain(view).filter(isOpen)
    if (view.stopping === undefined || open.length === 0) return undefined
    const isCancelled = view.stopping.cause === 'Cancelled'
    return {
      start: [],
      phase: describeProgress(view, 'Cancelling').phase,
      reason: isCancelled ? 'Cancelling' : 'TimingOut',
      message: `${isCancelled ? 'cancelled' : 'timed out'}; stopping ${listNames(open)}`,
    }
  },
}

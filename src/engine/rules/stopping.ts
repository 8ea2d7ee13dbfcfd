import { describeProgress } from './progress.ts'
import { isOpen, listMain, listNames, type PlanRule } from './rule.ts'

/** A cancelled or timed out run starts nothing and waits for what runs to end; its finally steps come after that. */
export const stopping: PlanRule = {
  id: 'stopping',
  decide(view) {
    const open = listMain(view).filter(isOpen)
    if (view.stopping === undefined || open.length === 0) return undefined
    const { cause, message } = view.stopping
    const words = { Cancelled: 'cancelled', Superseded: message, TimedOut: 'timed out' }
    return {
      start: [],
      phase: describeProgress(view, 'Cancelling').phase,
      reason: cause === 'TimedOut' ? 'TimingOut' : 'Cancelling',
      message: `${words[cause]}; stopping ${listNames(open)}`,
    }
  },
}

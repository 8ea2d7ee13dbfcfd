import { describeProgress } from './progress.ts'
import { isOpen, listFinally, listReady, type PlanRule } from './rule.ts'

/** Once all other steps have ended, however, the finally steps run: also after a cancel or a timeout (decision 23). */
export const runFinally: PlanRule = {
  id: 'run-finally',
  decide(view) {
    const last = listFinally(view)
    if (!last.some(isOpen)) return undefined
    return { start: listReady(last), ...describeProgress(view, 'Finalizing') }
  },
}

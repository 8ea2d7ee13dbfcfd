import { describeProgress } from './progress.ts'
import { isOpen, listMain, listReady, type PlanRule } from './rule.ts'

/** Starts every step whose needs are met, side by side. */
export const startReady: PlanRule = {
  id: 'start-ready',
  decide(view) {
    const main = listMain(view)
    if (!main.some(isOpen)) return undefined
    return { start: listReady(main), ...describeProgress(view, 'StepsRunning') }
  },
}

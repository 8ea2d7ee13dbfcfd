import { awaitApproval } from './await-approval.ts'
import { finish } from './finish.ts'
import type { PlanRule } from './rule.ts'
import { runFinally } from './run-finally.ts'
import { startReady } from './start-ready.ts'
import { stopping } from './stopping.ts'

/** In order: the first that answers wins. The last always does. */
export const rules: readonly PlanRule[] = Object.freeze([stopping, awaitApproval, startReady, runFinally, finish])

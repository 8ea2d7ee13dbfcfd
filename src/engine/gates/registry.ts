import { approval } from './approval.ts'
import { condition } from './condition.ts'
import type { Gate } from './gate.ts'
import { matrix } from './matrix.ts'
import { needs } from './needs.ts'
import { room } from './room.ts'
import { turn } from './turn.ts'

/** In order: the first that answers decides about the step for now. */
export const gates: readonly Gate[] = Object.freeze([needs, condition, turn, approval, matrix, room])

import type { Conditional } from '../../../crds/parts/conditional.ts'
import { isGlobMatch } from '../../lib/glob.ts'
import { passesPathFilter } from '../trigger/path-filter.ts'
import { judgeExpression } from './expression.ts'
import { judgeOutcome } from './outcome.ts'
import {
  type ConditionedRun,
  type ConditionedStep,
  type ConditionVerdict,
  met,
  type StateOf,
  unmet,
} from './verdict.ts'

/**
 * Whether all that is given in `conditional` holds. `stateOf` tells how the planned steps stand: the engine's settled
 * states, or the rows of status, which come to the same. Without it what depends on them is open.
 */
export function judgeCondition(step: ConditionedStep, run: ConditionedRun, stateOf?: StateOf): ConditionVerdict {
  const { conditional } = step
  if (conditional === undefined) return met
  const { branch, tag, event } = run.spec
  const judged = [
    judgeName('branch', conditional.branch, branch),
    judgeName('tag', conditional.tag, tag),
    judgeEvent(conditional, event?.type ?? 'manual'),
    judgePaths(conditional, event?.changedFiles),
    judgeOutcome(step, run, stateOf),
    judgeExpression(step, run, stateOf),
  ]
  const worst = judged.find(({ kind }) => kind === 'unmet') ?? judged.find(({ kind }) => kind === 'open')
  return worst ?? met
}

const forms = { branch: 'on branches', tag: 'for tags' } as const

function judgeName(field: 'branch' | 'tag', glob: string | undefined, name: string | undefined): ConditionVerdict {
  if (glob === undefined || (name !== undefined && isGlobMatch(glob, name))) return met
  const is = name === undefined ? `of no ${field}` : field === 'tag' ? `of the tag ${name}` : `of ${name}`
  return unmet(field, `runs only ${forms[field]} that match ${glob}, and the run is ${is}`)
}

function judgeEvent({ events }: Conditional, type: NonNullable<Conditional['events']>[number]): ConditionVerdict {
  if (events === undefined || events.includes(type)) return met
  const asked = type === 'manual' ? 'the run was started by hand' : `the event of the run is ${type}`
  return unmet('events', `runs only for ${events.join(' or ')}, and ${asked}`)
}

/** Most globs that a message names. */
const mostNamed = 3

function judgePaths({ paths, ignorePaths }: Conditional, changes: readonly string[] | undefined): ConditionVerdict {
  const filter = { ...(paths === undefined ? {} : { paths }), ...(ignorePaths === undefined ? {} : { ignorePaths }) }
  if (changes === undefined || passesPathFilter(filter, changes)) return met
  const count = changes.length
  if (paths !== undefined && !passesPathFilter({ paths }, changes)) {
    const none = ['no file changed', 'the one that changed does not'][count] ?? `none of the ${count} that changed does`
    return unmet('paths', `runs only where files changed that match ${nameGlobs(paths)}, and ${none}`)
  }
  const all = count === 1 ? 'the one that changed is' : `all ${count} that changed are`
  return unmet('ignorePaths', `runs only where files changed that are not ignored, and ${all}`)
}

function nameGlobs(globs: readonly string[]): string {
  const named = globs.slice(0, mostNamed).join(', ')
  return globs.length > mostNamed ? `${named} and ${globs.length - mostNamed} more` : named
}

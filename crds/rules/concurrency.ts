import { joinPath, quoteValue } from '../../src/lib/field-error.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import type { SpecRule } from './rule.ts'

/** What a run fills into the name of its group. */
export interface GroupParts {
  readonly pipeline: string
  readonly branch: string
  readonly event: string
}

const placeholder = /\{(pipeline|branch|event)\}/g

/** The name of the group, filled in once: a branch called {event} stays what it is. */
export function fillGroup(group: string, parts: GroupParts): string {
  return group.replace(placeholder, (_, key: keyof GroupParts) => parts[key])
}

export const knownPlaceholders: SpecRule<PipelineSpec> = ({ concurrency }, at) => {
  const found = /\{[^{}]*\}|[{}]/.exec(concurrency?.group?.replace(placeholder, ' ') ?? '')?.[0]
  if (found === undefined) return []
  const message = `${quoteValue(found)} is not known: only {pipeline}, {branch} and {event} are filled in`
  return [{ path: joinPath(at, 'concurrency.group'), code: 'Invalid', message }]
}

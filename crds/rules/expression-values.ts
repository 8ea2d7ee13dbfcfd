import { longestParam, maxParams } from '../parts/params.ts'
import { type Extent, list, record, text } from './expression-work.ts'

type Texts = Readonly<Record<string, string>>

/** What an expression may ask about a step that has ended. */
export interface StepOutcome {
  readonly phase: string
  readonly reason?: string | undefined
  readonly exitCode?: number | undefined
}

/** What an expression is judged by. What is not given cannot be read: the expression then has no value. */
export interface ExpressionValues {
  readonly branch?: string | undefined
  readonly tag?: string | undefined
  readonly event: string
  readonly commit: string
  readonly pullRequest?: PullRequestFacts | undefined
  readonly params: Texts
  readonly matrix: Texts
  readonly changedFiles?: readonly string[] | undefined
  readonly steps: ReadonlyMap<string, StepOutcome>
}

interface PullRequestFacts {
  readonly number: number
  readonly fork: boolean
  readonly author?: string | undefined
  readonly targetBranch: string
}

/** The library wants a class for each type of its own; null is one without fields. */
export class PullRequestValue {
  readonly number?: bigint
  readonly fork?: boolean
  readonly author?: string
  readonly targetBranch?: string

  constructor(facts: PullRequestFacts | undefined) {
    if (facts === undefined) return
    this.number = BigInt(facts.number)
    this.fork = facts.fork
    this.author = facts.author ?? ''
    this.targetBranch = facts.targetBranch
  }
}

export class StepValue {
  readonly phase: string
  readonly reason: string
  readonly exitCode?: bigint

  constructor({ phase, reason, exitCode }: StepOutcome) {
    this.phase = phase
    this.reason = reason ?? ''
    if (exitCode !== undefined) this.exitCode = BigInt(exitCode)
  }
}

export const typeFields = {
  PullRequest: { number: 'int', fork: 'bool', author: 'string', targetBranch: 'string' },
  Step: { phase: 'string', reason: 'string', exitCode: 'int' },
}

/** The variables as the library takes them. Maps, so that no field of JavaScript's own objects is among them. */
export function toContext(values: ExpressionValues): Record<string, unknown> {
  const { branch = '', tag = '', event, commit, changedFiles } = values
  return {
    branch,
    tag,
    event,
    commit,
    pullRequest: new PullRequestValue(values.pullRequest),
    params: new Map(Object.entries(values.params)),
    matrix: new Map(Object.entries(values.matrix)),
    ...(changedFiles === undefined ? {} : { changedFiles }),
    steps: new Map([...values.steps].map(([name, outcome]) => [name, new StepValue(outcome)])),
  }
}

const named = { branch: text(255), tag: text(255), event: text(16), commit: text(64) }
const ofStep = record(3, text(128))

/**
 * Sizes that no usual run goes beyond: 500 changed files of 128 characters. Params are as long as they may be, since whoever makes a
 * run chooses them: what was judged by shorter ones could take a hundred times as long in each of a thousand steps.
 */
export const usualExtents: Readonly<Record<string, Extent>> = {
  ...named,
  pullRequest: record(4, text(255)),
  params: record(maxParams, text(longestParam)),
  matrix: record(16, text(256)),
  changedFiles: list(500, text(128)),
  steps: record(1000, ofStep),
}

export function measureValues({ params, matrix, changedFiles = [] }: ExpressionValues): typeof usualExtents {
  const longest = (texts: readonly string[]) => text(texts.reduce((most, { length }) => Math.max(most, length), 0))
  return {
    ...usualExtents,
    params: record(Object.keys(params).length, longest(Object.values(params))),
    matrix: record(Object.keys(matrix).length, longest(Object.values(matrix))),
    changedFiles: list(changedFiles.length, longest(changedFiles)),
  }
}

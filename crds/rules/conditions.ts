import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import type { Conditional } from '../parts/conditional.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { checkGlob } from './branches.ts'
import { isProblem, mostUsualWork, readExpression } from './expression.ts'
import { forEachStep, type PlacedStep, placeAllSteps, placeSteps, type SpecRule } from './rule.ts'

/** A step that has a condition, and where that stands. */
interface PlacedCondition {
  readonly conditional: Conditional
  readonly at: string
}

const forEachCondition = (check: (placed: PlacedCondition) => readonly FieldError[]): SpecRule<PipelineSpec> =>
  forEachStep(({ step: { conditional }, at }) =>
    conditional === undefined ? [] : check({ conditional, at: `${at}.conditional` }),
  )

export const readableExpressions = forEachCondition(({ conditional: { when }, at }): FieldError[] => {
  const read = when === undefined ? undefined : readExpression(when)
  return read === undefined || !isProblem(read) ? [] : [{ path: `${at}.when`, code: 'Invalid', ...read }]
})

/** What all expressions of a pipeline may be together: a controller judges them one after another. */
const mostWorkOfAll = 10 * mostUsualWork

export const expressionsAreQuick: SpecRule<PipelineSpec> = (spec, at) => {
  const steps = placeAllSteps(spec, at)
  const sums = steps.map(({ step: { conditional } }) => {
    const read = conditional?.when === undefined ? undefined : readExpression(conditional.when)
    return read === undefined || isProblem(read) ? 0 : read.work
  })
  const total = sums.reduce((sum, work) => sum + work, 0)
  const worst = steps[sums.indexOf(Math.max(...sums))]
  if (total <= mostWorkOfAll || worst === undefined) return []
  const message = 'the conditions of the pipeline would take too long together, and this one the longest'
  return [{ path: `${worst.at}.conditional.when`, code: 'TooLarge', message }]
}

/** Wildcards of all filters together; each is held against up to 64 KiB of changed files, see src/engine/trigger/path-filter.ts. */
const mostWildcards = 2000

export const filtersAreQuick: SpecRule<PipelineSpec> = (spec, at) => {
  const globs = placeAllSteps(spec, at).flatMap(({ step: { conditional } }) => [
    ...(conditional?.paths ?? []),
    ...(conditional?.ignorePaths ?? []),
  ])
  const count = globs.reduce((sum, glob) => sum + 1 + (glob.match(/\*+/g)?.length ?? 0), 0)
  if (count <= mostWildcards) return []
  const message = `the paths of all conditions have ${count} globs and wildcards, at most ${mostWildcards} are allowed`
  return [{ path: at, code: 'TooLarge', message }]
}

export const conditionGlobsCanMatch = forEachCondition(({ conditional: { tag, paths, ignorePaths }, at }) => [
  ...(tag === undefined ? [] : checkGlob(tag, `${at}.tag`, 'tag')),
  ...(paths?.length === 0 ? [nothing(`${at}.paths`)] : []),
  ...checkPaths(paths, `${at}.paths`),
  ...checkPaths(ignorePaths, `${at}.ignorePaths`),
])

const nothing = (path: string): FieldError => ({
  path,
  code: 'Invalid',
  message: 'no file is asked for, so the step would never run',
  hint: 'leave it out, or name files',
})

function checkPaths(globs: readonly string[] = [], at: string): readonly FieldError[] {
  return globs.flatMap((glob, index): FieldError[] => {
    const path = `${at}[${index}]`
    const message = `${quoteValue(glob)} matches no file: files are named as in src/main.ts`
    if (/^\/|^\.\.?\/|\/\.\.?\/|\/$|\/\//.test(glob))
      return [
        {
          path,
          code: 'Invalid',
          message,
          hint: glob.endsWith('/') ? `write ${glob}**` : 'from the top of the repository, without . and ..',
        },
      ]
    if (!glob.startsWith('!')) return []
    return [
      {
        path,
        code: 'Invalid',
        message: `${quoteValue(glob)} begins with !, which globs do not know`,
        hint: 'put it into ignorePaths',
      },
    ]
  })
}

/** Fields that leave no run over. A run of a tag has no branch, and one of a branch has no tag, where c8s makes it from an event. */
export const conditionsCanHold = forEachCondition(({ conditional, at }): FieldError[] => {
  const { branch, tag, events, outcome, onSuccess } = conditional
  const isOnly = (...types: readonly string[]) => events?.every((event) => types.includes(event)) === true
  const meant = onSuccess === true ? 'Success' : 'Always'
  return [
    ...(outcome !== undefined && onSuccess !== undefined && outcome !== meant
      ? [
          {
            path: `${at}.onSuccess`,
            code: 'Invalid' as const,
            message: `${onSuccess} is outcome ${meant}, but outcome is ${outcome}`,
            hint: 'leave onSuccess out',
          },
        ]
      : []),
    ...(branch !== undefined && isOnly('tag') ? [never(`${at}.branch`, 'the run of a tag has no branch')] : []),
    ...(tag !== undefined && isOnly('push', 'pullRequest')
      ? [never(`${at}.tag`, `a run of ${events?.join(' or ')} has no tag`)]
      : []),
  ]
})

function never(path: string, why: string): FieldError {
  return { path, code: 'Invalid', message: `can never hold beside events: ${why}` }
}

function listAskers(spec: PipelineSpec, at: string): readonly (PlacedStep & { readonly outcome: string })[] {
  return placeSteps(spec, at).flatMap((placed) => {
    const { outcome } = placed.step.conditional ?? {}
    return outcome === undefined || (placed.step.dependsOn ?? []).length > 0 ? [] : [{ ...placed, outcome }]
  })
}

const noNeeds = 'the step depends on no other'

/** A step of finally asks how the run went; every other how that went which it depends on. */
export const failuresCanHappen: SpecRule<PipelineSpec> = (spec, at) =>
  listAskers(spec, at)
    .filter(({ outcome }) => outcome === 'Failure')
    .map(({ at: place }) => ({
      path: `${place}.conditional.outcome`,
      code: 'Invalid',
      message: `${noNeeds}, so nothing can fail that it would run for`,
      hint: 'give dependsOn, or put the step into finally',
    }))

export const outcomesMeanSomething: SpecRule<PipelineSpec> = (spec, at) =>
  listAskers(spec, at)
    .filter(({ outcome }) => outcome !== 'Failure')
    .map(({ at: place }) => ({
      path: `${place}.conditional.outcome`,
      code: 'Invalid',
      message: `means nothing: ${noNeeds}`,
      hint: 'leave it out, or give dependsOn',
    }))

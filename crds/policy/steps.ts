import { formatDuration, parseDuration } from '../../src/lib/duration.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import { isAnyGlobMatch } from '../../src/lib/glob.ts'
import { resolveResources, resolveTimeout } from '../defaults.ts'
import type { Plan } from '../pipeline-run.ts'
import { listPlannedSteps, type PlannedStep } from '../planned-steps.ts'
import { judgeImage } from './images.ts'
import { judgePlacement } from './placement.ts'
import { judgeResources } from './resources.ts'
import { type JudgedUnder, listStrict, quote, refuse, type Terms } from './terms.ts'

type StepsOfPlan = Pick<Plan, 'steps' | 'finally' | 'params' | 'matrixDimensions' | 'timeoutSeconds' | 'priority'>

/** Where a plan stands in its object: `spec.plan`, and the path of its timeout. */
export interface PlanPlace {
  readonly at: string
  readonly what: string
}

/** What in a frozen plan the policy of the namespace does not allow. Steps are judged leg by leg. */
export function judgePlan(plan: StepsOfPlan, { at, what }: PlanPlace, terms: Terms): readonly FieldError[] {
  const steps = listPlannedSteps(plan)
  const places = placeSteps(plan, at)
  const under = { judged: { at, what }, terms }
  return [
    ...judgeCount(steps.length, under),
    ...judgeTime(plan.timeoutSeconds, 'timeout', under),
    ...judgePriority(plan.priority, under),
    ...steps.flatMap((step) => judgeStep(step, places.get(step.of ?? step.name) ?? at, terms)),
  ]
}

function placeSteps({ steps, finally: last = [] }: StepsOfPlan, at: string): ReadonlyMap<string, string> {
  const place = (list: string) => (step: { readonly name: string }, index: number) =>
    [step.name, `${at}.${list}[${index}]`] as const
  return new Map([...steps.map(place('steps')), ...last.map(place('finally'))])
}

function judgeStep(step: PlannedStep, at: string, terms: Terms): readonly FieldError[] {
  const under = { judged: { at, what: `step "${step.name}"` }, terms }
  return [
    ...judgeImages(step, under),
    ...judgePlacement(step, under),
    ...judgeUsers(step, under),
    ...judgeAmounts(step, under),
    ...judgeTime(resolveTimeout(step), 'timeout', under),
  ]
}

/** A placeholder is filled in when a plan is frozen; nothing can be said of it before. */
const isOpen = (image: string) => image.includes('$(')

function judgeImages({ image, services = [] }: PlannedStep, under: JudgedUnder): readonly FieldError[] {
  const images = [
    ...(image === undefined ? [] : [{ image, field: 'image' }]),
    ...services.map((service, index) => ({ image: service.image, field: `services[${index}].image` })),
  ]
  return images.flatMap((one) => (isOpen(one.image) ? [] : judgeImage(one.image, one.field, under)))
}

function judgeUsers({ runAsUser, services = [] }: PlannedStep, under: JudgedUnder): readonly FieldError[] {
  if (!listStrict(under.terms).some(({ allowRunAsRoot }) => allowRunAsRoot === false)) return []
  const users = [
    { user: runAsUser, field: 'runAsUser' },
    ...services.map((service, index) => ({ user: service.runAsUser, field: `services[${index}].runAsUser` })),
  ]
  return users.flatMap(({ user, field }) =>
    user === 0 ? [refuse(under.judged, under.terms, { field, says: 'runs as root' })] : [],
  )
}

function judgeAmounts(step: PlannedStep, under: JudgedUnder): readonly FieldError[] {
  if (step.image === undefined) return []
  const containers = [step, ...(step.services ?? [])].map((one) => resolveResources(one))
  return judgeResources(containers, (resource) => `resources.${resource}`, under)
}

function judgePriority(priority: Plan['priority'], under: JudgedUnder): readonly FieldError[] {
  const allowed = under.terms.policy?.policy.priorityClasses
  if (priority === undefined || allowed === undefined || isAnyGlobMatch(allowed, priority.className)) return []
  const says = `has the priority of ${quote(priority.className)}`
  return [refuse(under.judged, under.terms, { field: 'priority', says, allowed })]
}

function judgeCount(count: number, under: JudgedUnder): readonly FieldError[] {
  const most = Math.min(...listStrict(under.terms).map(({ maxSteps = Number.POSITIVE_INFINITY }) => maxSteps))
  if (count <= most) return []
  return [refuse(under.judged, under.terms, { field: 'steps', says: `has ${count} steps`, allowed: [`${most}`] })]
}

/** Whether something may take that long, in seconds. */
function judgeTime(seconds: number, field: string, { judged, terms }: JudgedUnder): readonly FieldError[] {
  const most = findLongest(terms)
  if (most === undefined || seconds <= most) return []
  const says = `may take ${formatDuration(seconds)}`
  return [refuse(judged, terms, { field, says, allowed: [formatDuration(most)] })]
}

/** The longest timeout in seconds; undefined where there is no bound. */
export function findLongest(terms: Terms): number | undefined {
  const all = listStrict(terms).flatMap(({ maxTimeout }) => parseDuration(maxTimeout ?? '') ?? [])
  return all.length === 0 ? undefined : Math.min(...all)
}

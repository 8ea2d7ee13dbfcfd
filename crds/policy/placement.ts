import type { FieldError } from '../../src/lib/field-error.ts'
import { isAnyGlobMatch } from '../../src/lib/glob.ts'
import type { Toleration } from '../../src/lib/kubernetes.ts'
import type { Policy } from './document.ts'
import { type JudgedUnder, refuse } from './terms.ts'
import { isTolerationAllowed, renderToleration } from './tolerations.ts'

/** What a step, or the pod of a Job, says of where it may go and as whom it runs. */
export interface Placement {
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
  readonly serviceAccountName?: string
}

/** Labels that tell nothing but what a program can run on. */
const plainKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/os': ['*'],
  'kubernetes.io/arch': ['*'],
}

export function judgePlacement(placement: Placement, under: JudgedUnder): readonly FieldError[] {
  return [...judgeSelector(placement, under), ...judgeTolerations(placement, under), ...judgeAccount(placement, under)]
}

function findPolicy({ terms }: JudgedUnder): Partial<Policy> {
  return terms.policy?.policy ?? {}
}

function judgeSelector({ nodeSelector = {} }: Placement, under: JudgedUnder): readonly FieldError[] {
  const { allowed = {}, required = {} } = findPolicy(under).nodeSelector ?? {}
  const known = new Map(Object.entries({ ...plainKeys, ...allowed }))
  const needed = new Map(Object.entries(required))
  return Object.entries(nodeSelector).flatMap(([key, value]) => {
    const wanted = needed.get(key)
    const values = wanted === undefined ? known.get(key) : [wanted]
    if (values !== undefined && (wanted === undefined ? isAnyGlobMatch(values, value) : value === wanted)) return []
    const choices = values === undefined ? [...needed.keys(), ...known.keys()] : values.map((one) => `${key}=${one}`)
    const refused = { field: `nodeSelector[${key}]`, says: `wants nodes with ${key}=${value}`, allowed: choices }
    return [refuse(under.judged, under.terms, refused)]
  })
}

function judgeTolerations({ tolerations = [] }: Placement, under: JudgedUnder): readonly FieldError[] {
  const { tolerations: allowed = [] } = findPolicy(under)
  return tolerations.flatMap((wanted, index) => {
    if (isTolerationAllowed(wanted, allowed)) return []
    const says = `tolerates ${renderToleration(wanted)}`
    const choices = under.terms.policy === undefined ? {} : { allowed: allowed.map(renderToleration) }
    return [refuse(under.judged, under.terms, { field: `tolerations[${index}]`, says, ...choices })]
  })
}

function judgeAccount({ serviceAccountName }: Placement, under: JudgedUnder): readonly FieldError[] {
  const { serviceAccounts = [] } = findPolicy(under)
  if (serviceAccountName === undefined || isAnyGlobMatch(serviceAccounts, serviceAccountName)) return []
  const choices = under.terms.policy === undefined ? {} : { allowed: serviceAccounts }
  const says = `runs as service account ${serviceAccountName}`
  return [refuse(under.judged, under.terms, { field: 'serviceAccountName', says, ...choices })]
}

import { annotations, podNames } from '../../crds/labels.ts'
import { commitPattern, envNamePattern, namePattern, refPattern, secretKeyPattern } from '../../crds/patterns.ts'
import { parseDuration } from '../../src/lib/duration.ts'
import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { parseRepository, toCanonicalRepository } from '../../src/lib/repository.ts'
import { askUse, type FactNeeds, type Facts } from '../facts.ts'
import { isRecord } from '../json.ts'
import { maxUses, parseOwnOrder, parseSecretUses } from '../mutate/own-job.ts'
import type { AdmissionRequest } from '../request.ts'
import { joinVerdicts, toErrors } from '../verdict.ts'
import type { StepPart } from './pipeline-parts.ts'
import { validateOwnJobPolicy } from './policy.ts'
import { hasRight, isReserved } from './secret-access.ts'
import { refuseUse, validateSecrets } from './secrets.ts'

const notePath = (key: string) => `metadata.annotations[${key}]`

export function planOwnJobReads({ object, user }: AdmissionRequest): FactNeeds {
  const { secrets, authSecret } = parseOwnOrder(object as Job)
  const names = [
    ...new Set([...secrets.map(({ secretRef }) => secretRef), ...(authSecret === undefined ? [] : [authSecret])]),
  ]
  const needs: FactNeeds = { namespace: true, setting: 'live' }
  if (names.length === 0) return needs
  return { ...needs, connections: 'live', secrets: names, rights: names.map((secret) => askUse(user, secret)) }
}

/** A user's own Job: what its annotations ask for must be well-formed, and its author must be allowed to ask for it. */
export function validateOwnJob(request: AdmissionRequest, facts: Facts): Verdict {
  const job = request.object as Job
  const notes = job.metadata.annotations ?? {}
  return joinVerdicts(
    toErrors([...validateNotes(notes), ...validatePod(job)]),
    validateSecrets([toStepPart(job)], { subjects: [request.user], grant: {} }, facts),
    toErrors(validateCredential(job, request, facts)),
    toErrors(validateOwnJobPolicy(job, facts)),
  )
}

type Notes = Readonly<Record<string, string>>

interface NoteForm {
  readonly key: string
  readonly isGood: (value: string) => boolean
  readonly wanted: string
}

const forms: readonly NoteForm[] = [
  { key: annotations.commit, isGood: (value) => matches(commitPattern, value), wanted: '7 to 64 hex digits' },
  { key: annotations.branch, isGood: (value) => matches(refPattern, value), wanted: 'the name of a branch' },
  { key: annotations.authSecret, isGood: (value) => matches(namePattern, value), wanted: 'the name of a Secret' },
  {
    key: annotations.timeout,
    isGood: (value) => (parseDuration(value) ?? 0) > 0,
    wanted: 'a duration such as 90s or 1h30m, longer than nothing',
  },
]

function matches(pattern: string, value: string): boolean {
  return new RegExp(pattern).test(value)
}

function validateNotes(notes: Notes): readonly FieldError[] {
  const malformed = forms.flatMap(({ key, isGood, wanted }) => {
    const value = notes[key]
    return value === undefined || isGood(value) ? [] : [invalid(notePath(key), `must be ${wanted}`)]
  })
  return [...malformed, ...validateRepository(notes), ...validateSecretNote(notes)]
}

function invalid(path: string, message: string): FieldError {
  return { path, code: 'Invalid', message }
}

function validateRepository(notes: Notes): readonly FieldError[] {
  const repository = notes[annotations.repository]
  const others = [annotations.commit, annotations.branch, annotations.authSecret]
  if (repository === undefined) {
    const lonely = others.filter((key) => notes[key] !== undefined)
    return lonely.map((key) => ({
      path: notePath(key),
      code: 'Required',
      message: `needs ${annotations.repository} beside it`,
    }))
  }
  const parsed = parseRepository(repository)
  const problem = 'problem' in parsed ? [invalid(notePath(annotations.repository), `the URL ${parsed.problem}`)] : []
  const isWhole = notes[annotations.commit] !== undefined
  const message = `needs ${annotations.commit} beside it: a branch moves, a commit does not`
  return isWhole ? problem : [...problem, { path: notePath(annotations.repository), code: 'Required', message }]
}

function validateSecretNote(notes: Notes): readonly FieldError[] {
  const path = notePath(annotations.secrets)
  const { items } = parseSecretUses(notes[annotations.secrets])
  if (!Array.isArray(items))
    return [invalid(path, 'must be a JSON list like the secrets of a step: [{"secretRef":"…","key":"…"}]')]
  if (items.length > maxUses) return [invalid(path, `has more than ${maxUses} items`)]
  return items.flatMap((item, index) => validateUse(item, `${path}[${index}]`))
}

const useFields: Readonly<Record<string, { readonly pattern: string; readonly isNeeded: boolean }>> = {
  secretRef: { pattern: namePattern, isNeeded: true },
  key: { pattern: secretKeyPattern, isNeeded: true },
  envVar: { pattern: envNamePattern, isNeeded: false },
  file: { pattern: secretKeyPattern, isNeeded: false },
}

function validateUse(item: unknown, path: string): readonly FieldError[] {
  if (!isRecord(item)) return [invalid(path, 'must be an object with secretRef and key')]
  const unknown = Object.keys(item).filter((key) => !Object.hasOwn(useFields, key))
  const wrong = Object.entries(useFields).flatMap(([field, { pattern, isNeeded }]): readonly FieldError[] => {
    const value = item[field]
    if (value === undefined)
      return isNeeded ? [{ path: `${path}.${field}`, code: 'Required', message: 'is missing' }] : []
    const isGood = typeof value === 'string' && value.length <= 253 && matches(pattern, value) && !/^\.\.?$/.test(value)
    return isGood ? [] : [invalid(`${path}.${field}`, `must match ${pattern}`)]
  })
  const variable = item['envVar'] ?? (item['file'] === undefined ? item['key'] : undefined)
  const isNamed = typeof variable !== 'string' || matches(envNamePattern, variable)
  const unnamed = isNamed ? [] : [invalid(`${path}.envVar`, 'is needed: the key is not the name of a variable')]
  return [
    ...wrong,
    ...unnamed,
    ...unknown.map((key): FieldError => ({ path: `${path}.${key}`, code: 'UnknownField', message: 'does not exist' })),
  ]
}

function validatePod(job: Job): readonly FieldError[] {
  const { container } = parseOwnOrder(job)
  const at = 'spec.template.spec'
  const { containers, restartPolicy } = job.spec?.template.spec ?? { containers: [] }
  const message = `there is no container "${container ?? ''}"`
  const isThere = containers.some(({ name }) => name === container)
  const restart = 'must be Never: the log of a container ends with it'
  return [
    ...(isThere ? [] : [{ path: notePath(annotations.container), code: 'NotFound' as const, message }]),
    ...(restartPolicy === 'Never'
      ? []
      : [{ path: `${at}.restartPolicy`, code: 'Unsupported' as const, message: restart }]),
  ]
}

function toStepPart(job: Job): StepPart {
  const { secrets, repository } = parseOwnOrder(job)
  const path = notePath(annotations.secrets)
  return {
    path,
    name: podNames.stepContainer,
    clones: repository !== undefined,
    secrets: secrets.map(({ secretRef }, index) => ({ path: `${path}[${index}].secretRef`, name: secretRef })),
    resources: {},
  }
}

/**
 * A credential for the clone may be the one that a connection has for this very repository, since runs clone it with
 * that, too; any other one needs the right to use it, or it could be sent to a server of the author's choice.
 */
function validateCredential(job: Job, { user }: AdmissionRequest, facts: Facts): readonly FieldError[] {
  const { authSecret, repository = '' } = parseOwnOrder(job)
  if (authSecret === undefined || hasRight(authSecret, [user], facts)) return []
  const wanted = toCanonicalRepository(repository)
  const isConnected = (facts.connections ?? []).some(
    ({ spec }) =>
      spec.authSecretRef === authSecret &&
      toCanonicalRepository(spec.repository) === wanted &&
      isAsSafe(spec.repository, repository),
  )
  const isOurs = isReserved(authSecret, facts.secrets.get(authSecret), [])
  return isConnected && !isOurs ? [] : [refuseUse({ path: notePath(annotations.authSecret), name: authSecret })]
}

function isAsSafe(connected: string, cloned: string): boolean {
  const schemeOf = (url: string) => url.slice(0, url.indexOf(':'))
  return ['https', 'ssh'].includes(schemeOf(cloned)) || schemeOf(connected) === schemeOf(cloned)
}

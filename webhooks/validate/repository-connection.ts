import { annotations } from '../../crds/labels.ts'
import type { Validators } from '../../crds/validate.ts'
import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import { askUse, type FactNeeds, type Facts } from '../facts.ts'
import { toRecord, toText } from '../json.ts'
import { isNewSpec } from '../mutate/pipeline-config.ts'
import type { AdmissionRequest } from '../request.ts'
import { joinVerdicts, toErrors, toWarnings } from '../verdict.ts'
import { hasRight, isReserved } from './secret-access.ts'
import { judgeGrant } from './usable-by.ts'

const secretFields = ['authSecretRef', 'webhookSecretRef'] as const

interface SecretField {
  readonly path: string
  readonly secret: string
}

function listSecrets({ object }: AdmissionRequest): readonly SecretField[] {
  const spec = toRecord(toRecord(object)['spec'])
  return secretFields.flatMap((field) => {
    const secret = toText(spec[field])
    return secret === undefined ? [] : [{ path: `spec.${field}`, secret }]
  })
}

function findConfigRef({ object }: AdmissionRequest): string | undefined {
  return toText(toRecord(toRecord(object)['spec'])['pipelineConfigRef'])
}

export function planConnectionReads(request: AdmissionRequest): FactNeeds {
  if (!isNewSpec(request)) return {}
  const secrets = listSecrets(request).map(({ secret }) => secret)
  const config = findConfigRef(request)
  return {
    secrets,
    rights: secrets.map((secret) => askUse(request.user, secret)),
    ...(config === undefined ? {} : { config }),
  }
}

/**
 * A connection hands its credential to every run of its repository, so who writes it must be allowed to use that
 * Secret. Whether the Secret has the right keys is not looked at here: values are never read; its condition tells.
 */
export function validateConnection(request: AdmissionRequest, facts: Facts, validators: Validators): Verdict {
  const own = validators.validateRepositoryConnection(request.object, request.oldObject)
  if (!isNewSpec(request)) return own
  return joinVerdicts(
    own,
    ...listSecrets(request).map((field) => judgeField(field, request, facts)),
    toWarnings(warnMissingConfig(findConfigRef(request), facts)),
  )
}

function judgeField({ path, secret }: SecretField, request: AdmissionRequest, facts: Facts): Verdict {
  const found = facts.secrets.get(secret)
  if (isReserved(secret, found, [])) {
    const message = `Secret "${secret}" is a service account's token or c8s's own, and no credential of a repository`
    return toErrors([{ path, code: 'SecretForbidden', message }])
  }
  if (hasRight(secret, [request.user], facts))
    return toWarnings(found === undefined ? [warnMissing({ path, secret })] : [])
  const grant = judgeGrant(found?.metadata.annotations?.[annotations.usableBy], { connection: request.name })
  return grant.granted ? toErrors([]) : toErrors([refuse(path, secret, request.name)])
}

function refuse(path: string, secret: string, connection: string): FieldError {
  const message = `you may not use Secret "${secret}", and its annotation ${annotations.usableBy} does not name connection:${connection}`
  const hint = 'an admin can grant the verb "use" on that Secret, or annotate it so'
  return { path, code: 'SecretForbidden', message, hint }
}

function warnMissing({ path, secret }: SecretField): FieldError {
  const effect = path.endsWith('webhookSecretRef') ? 'deliveries are refused' : 'clones fail'
  return { path, code: 'NotFound', message: `Secret "${secret}" does not exist yet; ${effect} until it does` }
}

function warnMissingConfig(name: string | undefined, facts: Facts): readonly FieldError[] {
  if (name === undefined || facts.configs.get(name) !== undefined) return []
  return [{ path: 'spec.pipelineConfigRef', code: 'NotFound', message: `PipelineConfig "${name}" does not exist yet` }]
}

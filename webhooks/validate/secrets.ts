import { annotations } from '../../crds/labels.ts'
import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import type { Facts } from '../facts.ts'
import type { SecretPart, StepPart } from './pipeline-parts.ts'
import { judgeSecret, type SecretAsker } from './secret-access.ts'

/** A Secret may be used by every step that names it (decision 9); each that may not is told with its path. */
export function validateSecrets(steps: readonly StepPart[], asker: SecretAsker, facts: Facts): Verdict {
  const judged = steps.flatMap((step) =>
    step.secrets.map((part) => ({ step, part, verdict: judgeSecret(part.name, asker, facts) })),
  )
  const errors = judged.flatMap(({ step, part, verdict }) => {
    if (verdict.kind === 'refused') {
      return [
        verdict.why === 'reserved' ? refuseReserved(part) : asker.isFile ? refuseFile(part, asker) : refuseUse(part),
      ]
    }
    return verdict.kind === 'allowed' && verdict.onlyOnBranch && !step.clones ? [refuseUnproved(part)] : []
  })
  const warnings = judged.flatMap(({ part, verdict }) => (verdict.kind === 'missing' ? [warnMissing(part)] : []))
  return { errors, warnings }
}

export function refuseUse({ path, name }: SecretPart): FieldError {
  return {
    path,
    code: 'SecretForbidden',
    message: `you may not use Secret "${name}", and its annotation ${annotations.usableBy} does not allow it here`,
    hint: `an admin can grant the verb "use" on that Secret, or annotate it with ${annotations.usableBy}`,
  }
}

function refuseFile({ path, name }: SecretPart, { grant: { connection = '' } }: SecretAsker): FieldError {
  return {
    path,
    code: 'SecretForbidden',
    message: `a pipeline in the repository may use Secret "${name}" only where its annotation ${annotations.usableBy} allows it, and it does not allow this run`,
    hint: `an admin can annotate the Secret with ${annotations.usableBy}: connection:${connection}, and add branch:… to limit it`,
  }
}

function refuseReserved({ path, name }: SecretPart): FieldError {
  return {
    path,
    code: 'SecretForbidden',
    message: `Secret "${name}" is never given to a step: it is a service account's token, the credential of a RepositoryConnection or c8s's own`,
  }
}

function refuseUnproved({ path, name }: SecretPart): FieldError {
  return {
    path,
    code: 'SecretForbidden',
    message: `Secret "${name}" is only for some branches, and a step that does not clone cannot prove which branch its commit is on`,
    hint: 'leave clone out of the step, or set it to true',
  }
}

function warnMissing({ path, name }: SecretPart): FieldError {
  return { path, code: 'NotFound', message: `Secret "${name}" does not exist yet; a step that needs it waits for it` }
}

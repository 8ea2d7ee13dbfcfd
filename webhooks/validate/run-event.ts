import type { FieldError } from '../../src/lib/field-error.ts'
import { toCanonicalRepository } from '../../src/lib/repository.ts'
import type { Facts } from '../facts.ts'
import { findEvent, isOwnAccount, type RunSource, readSpec } from '../mutate/run-source.ts'
import type { AdmissionRequest } from '../request.ts'

const path = 'spec.event.connection'

/**
 * An event speaks for Secrets and against trust, so nobody but c8s may tell of one; and c8s only of one that came in by a
 * connection of this namespace to the very repository that is run.
 */
export function validateEvent(
  request: AdmissionRequest,
  source: RunSource | undefined,
  facts: Facts,
): readonly FieldError[] {
  if (!isOwnAccount(request.user) && request.isRerun !== true) return refuseForged(request)
  const event = findEvent(request)
  if (event === undefined) return []
  if (event.connection !== undefined) return validateConnection(event.connection, source, facts)
  if (source === undefined || source.config !== undefined) return []
  return [{ path, code: 'Required', message: 'must name the connection whose repository holds the pipeline' }]
}

function refuseForged(request: AdmissionRequest): readonly FieldError[] {
  const spec = readSpec(request)
  const forged = (['event', 'rejected'] as const).filter((field) => spec[field] !== undefined)
  return forged.map((field) => ({
    path: `spec.${field}`,
    code: 'Forbidden',
    message: 'only c8s itself can say what a run was made from',
    hint: 'leave it out',
  }))
}

function validateConnection(name: string, source: RunSource | undefined, facts: Facts): readonly FieldError[] {
  const connection = facts.connections?.find(({ metadata }) => metadata.name === name)
  if (connection === undefined) {
    return [{ path, code: 'NotFound', message: `RepositoryConnection "${name}" does not exist` }]
  }
  const { repository } = connection.spec
  if (source === undefined) return []
  if (toCanonicalRepository(repository) === toCanonicalRepository(source.pipeline.repository)) return []
  return [
    { path, code: 'Invalid', message: `RepositoryConnection "${name}" is of another repository than the pipeline` },
  ]
}

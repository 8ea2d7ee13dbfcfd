import { type FieldError, joinPath } from '../../src/lib/field-error.ts'
import { parseRepository } from '../../src/lib/repository.ts'

interface WithRepository {
  readonly repository: string
}

/** The reason never quotes the URL: a credential may be in it. */
export function checkRepository({ repository }: WithRepository, at: string): FieldError[] {
  const parsed = parseRepository(repository)
  if (!('problem' in parsed)) return []
  return [{ path: joinPath(at, 'repository'), code: 'Invalid', message: `the URL ${parsed.problem}` }]
}

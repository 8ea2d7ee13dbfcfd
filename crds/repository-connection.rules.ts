import { formatDuration, parseDuration } from '../src/lib/duration.ts'
import { type FieldError, quoteValue } from '../src/lib/field-error.ts'
import { limits } from './defaults.ts'
import type { RepositoryConnectionSpec } from './repository-connection.ts'
import { checkRepository } from './rules/repository.ts'
import type { SpecRule } from './rules/rule.ts'

/** Seconds; a forge counts the calls of each token. */
const shortestPoll = 10

/** 0 is for never. */
const pollsSeldom: SpecRule<RepositoryConnectionSpec> = ({ pollInterval }, at): FieldError[] => {
  const seconds = pollInterval === undefined ? undefined : parseDuration(pollInterval)
  const path = `${at}.pollInterval`
  if (pollInterval === undefined || seconds === undefined || seconds === 0) return []
  if (seconds < shortestPoll) {
    const message = `${quoteValue(pollInterval)} is shorter than the ${shortestPoll}s that spare the forge`
    return [{ path, code: 'Invalid', message, hint: '0s for never' }]
  }
  if (seconds <= limits.durationSeconds) return []
  const most = formatDuration(limits.durationSeconds)
  const message = `${quoteValue(pollInterval)} is longer than the ${most} (7 days) that are allowed`
  return [{ path, code: 'TooLarge', message, hint: '0s for never' }]
}

/** Never quotes the address: where something like a credential stands in it, it is one. */
const namesOnlyTheApi: SpecRule<RepositoryConnectionSpec> = ({ apiURL = '' }, at): FieldError[] => {
  if (!/[@?#]/.test(apiURL)) return []
  const message = 'holds a credential, a query or a fragment: give only scheme, host and path'
  return [
    { path: `${at}.apiURL`, code: 'Invalid', message, hint: 'credentials belong into the Secret of authSecretRef' },
  ]
}

export const connectionRules: readonly SpecRule<RepositoryConnectionSpec>[] = Object.freeze([
  checkRepository,
  pollsSeldom,
  namesOnlyTheApi,
])

const credentialInClear: SpecRule<RepositoryConnectionSpec> = ({ repository, apiURL, authSecretRef }, at) => {
  if (authSecretRef === undefined) return []
  const message = 'the credential of authSecretRef would travel unencrypted'
  return [
    ...(/^(http|git):\/\//.test(repository)
      ? [{ path: `${at}.repository`, code: 'Insecure' as const, message, hint: 'use https or ssh' }]
      : []),
    ...(apiURL?.startsWith('http://') === true
      ? [{ path: `${at}.apiURL`, code: 'Insecure' as const, message, hint: 'use https' }]
      : []),
  ]
}

export const connectionWarnings: readonly SpecRule<RepositoryConnectionSpec>[] = Object.freeze([credentialInClear])

import type { RepositoryConnectionSpec } from './repository-connection.ts'
import { checkRepository } from './rules/repository.ts'
import type { SpecRule } from './rules/rule.ts'

export const connectionRules: readonly SpecRule<RepositoryConnectionSpec>[] = Object.freeze([checkRepository])

const noDeliveriesYet: SpecRule<RepositoryConnectionSpec> = (spec, at) =>
  (['webhookSecretRef', 'pipelineConfigRef'] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => ({
      path: `${at}.${field}`,
      code: 'Unsupported',
      message: 'this version of c8s receives no deliveries of a forge yet: it starts no run by itself',
    }))

const credentialInClear: SpecRule<RepositoryConnectionSpec> = ({ repository, authSecretRef }, at) =>
  authSecretRef !== undefined && /^(http|git):\/\//.test(repository)
    ? [
        {
          path: `${at}.repository`,
          code: 'Insecure',
          message: 'the credential of authSecretRef would travel unencrypted',
          hint: 'use https or ssh',
        },
      ]
    : []

export const connectionWarnings: readonly SpecRule<RepositoryConnectionSpec>[] = Object.freeze([
  noDeliveriesYet,
  credentialInClear,
])

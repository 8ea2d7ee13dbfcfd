import { condition, timestamp } from './parts/condition.ts'
import { namePattern } from './patterns.ts'
import { repositoryField } from './pipeline-config.ts'
import { boolean, choice, type Infer, integer, listMap, object, optional, text } from './schema.ts'

const providers = ['github', 'gitlab', 'bitbucket', 'gitea', 'generic'] as const

const secretName = (description: string) => text(description, { pattern: namePattern, maxLength: 253 })

const spec = object('A repository, and how it is reached.', {
  repository: repositoryField('URL of the Git repository, without credentials.'),
  provider: choice('The forge that hosts it.', providers),
  webhookSecretRef: optional(
    secretName(
      'Secret whose key webhook-secret verifies deliveries of the forge. This version receives none: a warning says so.',
    ),
  ),
  authSecretRef: optional(
    secretName('Secret with the Git credential: username and password, or ssh-key (and known_hosts).'),
  ),
  pipelineConfigRef: optional(secretName('PipelineConfig that runs for this repository.')),
})

const lastEvent = object('The last delivery.', {
  type: optional(text('Kind of event.', { maxLength: 64 })),
  commit: optional(text('Commit it was about.', { maxLength: 64 })),
  timestamp: optional(timestamp('When it came.')),
})

const status = object('What the controller saw of the connection. Only the controller writes it.', {
  observedGeneration: optional(
    integer('Generation that was looked at.', { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  ),
  webhookURL: optional(text('URL to configure at the forge.', { maxLength: 2048 })),
  webhookRegistered: optional(boolean('Whether the forge has the webhook.')),
  lastEvent: optional(lastEvent),
  conditions: optional(
    listMap('Ready, Reconciling and Stalled, as kstatus defines them.', condition, { key: 'type', maxItems: 16 }),
  ),
})

export const repositoryConnection = object('A Git repository that c8s works for.', { spec, status: optional(status) })
export type RepositoryConnectionSpec = Infer<typeof spec>
export type RepositoryConnectionStatus = Infer<typeof status>

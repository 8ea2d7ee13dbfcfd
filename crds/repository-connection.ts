import { condition, observedGeneration, timestamp } from './parts/condition.ts'
import { durationField } from './parts/duration.ts'
import { namePattern } from './patterns.ts'
import { repositoryField } from './pipeline-config.ts'
import { boolean, choice, type Infer, list, listMap, object, optional, text } from './schema.ts'

const providers = ['github', 'gitlab', 'bitbucket', 'gitea', 'generic'] as const

/** What else is wrong with it a rule says, without printing it: the API server quotes what its schema refuses. */
const apiURLPattern = '^https?://[^\\x00-\\x20\\x7f\\\\]+$'

const secretName = (description: string) => text(description, { pattern: namePattern, maxLength: 253 })

const spec = object('A repository, and how it is reached.', {
  repository: repositoryField('URL of the Git repository, without credentials.'),
  provider: choice('The forge that hosts it.', providers),
  webhookSecretRef: optional(
    secretName(
      'Secret whose key webhook-secret verifies deliveries of the forge; webhook-secret-previous is accepted too, for rotation.',
    ),
  ),
  authSecretRef: optional(
    secretName(
      'Secret with the credential: username and password, or ssh-key (and known_hosts), for Git; token, or app-id, installation-id and private-key of a GitHub App, for the API of the forge (password where there is no token).',
    ),
  ),
  pipelineConfigRef: optional(
    secretName('PipelineConfig that runs for this repository. The .c8s.yaml of each commit when left out.'),
  ),
  apiURL: optional(
    text('Base URL of the API of the forge, where it is not at its usual place on the host of the repository.', {
      pattern: apiURLPattern,
      maxLength: 2048,
    }),
  ),
  pollInterval: optional(
    durationField(
      'How often heads are compared with the last known ones, for deliveries that were lost. 5m when left out, 0s for never.',
    ),
  ),
  pullRequestComments: optional(
    boolean('Whether the result is also kept in one comment of the pull request (false when left out).'),
  ),
})

const lastEvent = object('The last delivery.', {
  type: optional(text('Kind of event.', { maxLength: 64 })),
  commit: optional(text('Commit it was about.', { maxLength: 64 })),
  timestamp: optional(timestamp('When it came.')),
})

export const deliveryVerdicts = ['Started', 'Done', 'Ignored', 'Refused', 'Failed'] as const

const delivery = object('One delivery of the forge, and what came of it.', {
  id: text('Id that the forge gave it, or head:<ref> for a commit that c8s found by itself.', { maxLength: 255 }),
  event: text('Kind of event, as the forge names it.', { maxLength: 64 }),
  verdict: choice('What came of it.', deliveryVerdicts),
  reason: text('Why, in one CamelCase word.', { maxLength: 128 }),
  message: optional(text('Why, in one sentence.', { maxLength: 1024 })),
  commit: optional(text('Commit it was about.', { maxLength: 64 })),
  runs: optional(list('Runs it started or stopped.', text('Name of a run.', { maxLength: 253 }), { maxItems: 100 })),
  time: timestamp('When it came.'),
})

const head = object('The last known commit of a ref.', {
  ref: text('The ref in full.', { maxLength: 512 }),
  commit: text('The commit.', { maxLength: 64 }),
})

const status = object('What the controller saw of the connection. Only the controller writes it.', {
  observedGeneration: optional(observedGeneration),
  webhookURL: optional(text('URL to configure at the forge.', { maxLength: 2048 })),
  webhookRegistered: optional(boolean('Whether the forge has the webhook.')),
  lastEvent: optional(lastEvent),
  deliveries: optional(list('The last deliveries, the newest first.', delivery, { maxItems: 20 })),
  heads: optional(list('Heads that have been dealt with.', head, { maxItems: 1000 })),
  headsOf: optional(
    text('Repository that the heads are of, as c8s compares repositories: host/owner/name.', { maxLength: 2048 }),
  ),
  conditions: optional(
    listMap('Ready, Reconciling and Stalled, as kstatus defines them.', condition, { key: 'type', maxItems: 16 }),
  ),
})

export const repositoryConnection = object('A Git repository that c8s works for.', { spec, status: optional(status) })
export type RepositoryConnectionSpec = Infer<typeof spec>
export type RepositoryConnectionStatus = Infer<typeof status>
export type Delivery = Infer<typeof delivery>
export type Head = Infer<typeof head>

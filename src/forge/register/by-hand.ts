import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { Provider } from '../../lib/forge-event.ts'

interface Form {
  /** Where in the forge's pages. */
  readonly place: string
  /** What the forge calls its field for the secret. */
  readonly secretField: string
  /** What else to set, and which events to choose. */
  readonly rest: string
}

const forms: Readonly<Record<Exclude<Provider, 'generic'>, Form>> = {
  github: {
    place: 'Settings → Webhooks',
    secretField: 'Secret',
    rest: 'content type application/json and the events Pushes, Pull requests and Issue comments',
  },
  gitlab: {
    place: 'Settings → Webhooks',
    secretField: 'Secret token',
    rest: 'the triggers Push events, Tag push events, Comments and Merge request events',
  },
  bitbucket: {
    place: 'Repository settings → Webhooks',
    secretField: 'Secret',
    rest: 'the triggers for pushes and for pull requests with their comments',
  },
  gitea: {
    place: 'Settings → Webhooks',
    secretField: 'Secret',
    rest: 'content type application/json and the events Push, Delete, Pull Request, Pull Request Synchronized and comments',
  },
}

/** What a person has to do at the forge; follows a word like "by hand,". The secret is named, never shown. */
export function describeByHand({ spec }: RepositoryConnection, webhookURL: string): string {
  const { provider, webhookSecretRef = '(to be made)' } = spec
  const secret = `the value of webhook-secret of Secret ${webhookSecretRef}`
  if (provider === 'generic') return `send signed deliveries to ${webhookURL}, with ${secret} as the key`
  const { place, secretField, rest } = forms[provider]
  return `add ${webhookURL} in ${place} of the repository, with ${secret} as ${secretField}, ${rest}`
}

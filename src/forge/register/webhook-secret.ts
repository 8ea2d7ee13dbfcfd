import type { Secret } from '../../lib/kubernetes.ts'

/** Keys of the Secret that webhookSecretRef names: the one in use, and the one before it while it is being changed. */
const currentKey = 'webhook-secret'
const previousKey = 'webhook-secret-previous'

export interface WebhookSecretValues {
  /** Undefined where there is none, or an empty one. */
  readonly current?: string
  readonly previous?: string
}

/** The values, decoded; a line break at the end, which `echo` leaves there, is not part of them. */
export function readWebhookSecret({ data = {} }: Pick<Secret, 'data'>): WebhookSecretValues {
  const [current, previous] = [decode(data[currentKey]), decode(data[previousKey])]
  return { ...(current === '' ? {} : { current }), ...(previous === '' ? {} : { previous }) }
}

function decode(value = ''): string {
  return Buffer.from(value, 'base64')
    .toString('utf8')
    .replace(/[\r\n]+$/, '')
}

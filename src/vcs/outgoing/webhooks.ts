import { createHmac } from 'node:crypto'
import type { WantedWebhook } from '../calls.ts'
import { ask, type Conversation, type ForgeCall } from './conversation.ts'
import { type Listing, readPages } from './pages.ts'

interface FoundWebhook {
  readonly id: string
  readonly url: string
  /** Whether it is active, checks certificates and sends what we want as JSON. */
  readonly isRight: boolean
}

export interface WebhookCalls {
  readonly list: Listing<FoundWebhook>
  readonly create: (webhook: WantedWebhook) => ForgeCall
  /** One after the other. */
  readonly repair: (id: string, webhook: WantedWebhook) => readonly ForgeCall[]
  /**
   * No forge tells a webhook's secret, so one that looks right is written all the same: its secret may have changed, here or
   * there. Unless `isRight` speaks for the secret too.
   */
  readonly write: 'always' | 'whenWrong'
}

export const mostWebhooks = 200

/** Makes the webhook, or puts right the one that leads to the same place. */
export function* ensureWebhook(
  calls: WebhookCalls,
  wanted: WantedWebhook,
): Conversation<'created' | 'repaired' | 'unchanged'> {
  const { items } = yield* readPages(calls.list)
  const ours = items.filter(({ url }) => toPlace(url) === toPlace(wanted.url))
  const found = ours.find(({ isRight }) => isRight) ?? ours[0]
  if (found === undefined) {
    yield* ask(calls.create(wanted))
    return 'created'
  }
  if (found.isRight && calls.write === 'whenWrong') return 'unchanged'
  for (const call of calls.repair(found.id, wanted)) yield* ask(call)
  return found.isRight ? 'unchanged' : 'repaired'
}

/**
 * Tells one secret from another where a forge keeps a name for a webhook. 32 bits of a MAC: who sees the webhook's settings sees
 * whole MACs of deliveries too.
 */
export function toStamp(secret: string): string {
  return createHmac('sha256', secret).update('c8s webhook').digest('hex').slice(0, 8)
}

/** The URL spelt in one way. */
function toPlace(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url
}

import { readWebhookSecret } from '../forge/register/webhook-secret.ts'
import { toId } from '../kube/cache.ts'
import type { KubeReader, ObjectKey } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Secret } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'

/** What may have signed. Both throw KubeError where the API server does not answer. */
export interface WebhookSecrets {
  /** Empty where the Secret, or the value in it, does not exist. At most 10 s old. */
  read(key: ObjectKey): Promise<readonly string[]>
  /** For what did not verify: read anew, at most once a second. Undefined where that would tell nothing new. */
  reread(key: ObjectKey): Promise<readonly string[] | undefined>
}

const lifetimeMs = 10_000
/** However many wrong signatures come, a Secret is read once in this time. */
const rereadMs = 1000

interface Known {
  readonly at: number
  readonly values: Promise<readonly string[]>
}

/** Reads when asked, and forgets after 10 s: no Secret is watched, and none stays in memory. */
export function createWebhookSecrets(reader: Pick<KubeReader, 'get'>, timers: Timers): WebhookSecrets {
  const known = new Map<string, Known>()
  const readNow = (key: ObjectKey): Promise<readonly string[]> => {
    const id = toId(key)
    const entry = { at: timers.now(), values: readValues(reader, key) }
    known.set(id, entry)
    const forget = (): void => {
      if (known.get(id) === entry) known.delete(id)
    }
    timers.after(lifetimeMs, forget)
    // Whoever waits for it hears of the failure too.
    entry.values.catch(forget)
    return entry.values
  }
  return {
    read: (key) => known.get(toId(key))?.values ?? readNow(key),
    reread: async (key) => {
      const before = known.get(toId(key))
      return before !== undefined && timers.now() - before.at < rereadMs ? undefined : readNow(key)
    },
  }
}

async function readValues(reader: Pick<KubeReader, 'get'>, key: ObjectKey): Promise<readonly string[]> {
  const secret = await reader.get<Secret>(resourceTypes.secret, key)
  const { current, previous } = readWebhookSecret(secret ?? {})
  return [current, previous].filter((value) => value !== undefined)
}

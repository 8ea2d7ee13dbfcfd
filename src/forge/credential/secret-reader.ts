import { KubeError } from '../../kube/kube-error.ts'
import type { KubeReader } from '../../kube/ports.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Provider } from '../../lib/forge-event.ts'
import type { Secret } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { ForgeError } from '../forge.ts'
import { type ForgeCredential, pickCredential, type SecretValues } from './credential.ts'

interface SecretKey {
  readonly namespace: string
  readonly name: string
}

/** Throws ForgeError where the Secret cannot be read. */
export type ReadCredential = (key: SecretKey, provider: Provider) => Promise<ForgeCredential>

export interface SecretReaderDeps {
  readonly reader: KubeReader
  readonly clock: Clock
}

/** So long a Secret read is not read again: a burst of calls reads it once, and a new token counts at once for people. */
const keptMs = 10_000
/** Entries beyond this are dropped, oldest first: values must not stay in memory for longer than they are needed. */
const mostKept = 200

interface Kept {
  readonly values: Promise<SecretValues>
  readonly until: number
}

export function createSecretReader({ reader, clock }: SecretReaderDeps): ReadCredential {
  const kept = new Map<string, Kept>()
  const readValues = (key: SecretKey): Promise<SecretValues> => {
    const id = `${key.namespace}/${key.name}`
    dropOld(kept, clock.now())
    const known = kept.get(id)
    if (known !== undefined) return known.values
    const values = readSecretValues(reader, key)
    kept.set(id, { values, until: clock.now() + keptMs })
    // What failed is tried again by the next call.
    values.catch(() => kept.delete(id))
    return values
  }
  return async (key, provider) => pickCredential(await readValues(key), provider)
}

function dropOld(kept: Map<string, Kept>, now: number): void {
  for (const [id, { until }] of kept) {
    // A clock that was set back must not keep an entry for long.
    if (until <= now || until > now + keptMs || kept.size > mostKept) kept.delete(id)
  }
}

async function readSecretValues(reader: KubeReader, key: SecretKey): Promise<SecretValues> {
  const { data: found = {} } = await readAuthSecret(reader, key)
  const data = Object.entries(found)
  return Object.fromEntries(data.map(([name, value]) => [name, decode(value)]))
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

/** The Secret of a connection's spec.authSecretRef. Throws ForgeError where it cannot be read or does not exist. */
export async function readAuthSecret(reader: KubeReader, key: SecretKey): Promise<Secret> {
  const secret = await findSecret(reader, key)
  if (secret !== undefined) return secret
  throw new ForgeError('forbidden', `Secret ${key.name} of spec.authSecretRef does not exist: create it`)
}

async function findSecret(reader: KubeReader, key: SecretKey): Promise<Secret | undefined> {
  try {
    return await reader.get<Secret>(resourceTypes.secret, key)
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    throw new ForgeError(
      error.status === 403 ? 'forbidden' : 'unavailable',
      `Secret ${key.name} of spec.authSecretRef cannot be read: ${error.message}`,
    )
  }
}

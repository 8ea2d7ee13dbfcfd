import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RawDelivery } from '../../src/lib/forge-event.ts'

/** Deliveries from test/fixtures/forges, and signatures that our own code has no part in. */

const folder = join(import.meta.dirname, '../fixtures/forges')

/** Gitea signed what is recorded of it with this. */
export const giteaSecret = 'gitea-fixture-secret'

/** A payload such as `gitlab/push`. */
export function readPayload(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Record<string, unknown>
}

/** A recorded delivery such as `gitea/push`, exactly as it came. */
export function readDelivery(name: string): RawDelivery {
  const raw = readFileSync(join(folder, `${name}.http`))
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw.subarray(0, end).toString('latin1').split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const
  })
  return { headers: Object.fromEntries(headers), body: raw.subarray(end + 4) }
}

/** HMAC-SHA256 by the openssl program. The key must not be empty. */
export function signByOpenssl(key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  return hmacByOpenssl('sha256', key, Buffer.concat(parts.map((part) => Buffer.from(part))))
}

export function hmacByOpenssl(digest: string, key: string | Uint8Array, input: Uint8Array): Buffer {
  const hexKey = Buffer.from(key).toString('hex')
  const args = ['dgst', `-${digest}`, '-mac', 'HMAC', '-macopt', `hexkey:${hexKey}`, '-binary']
  const { status, stdout, stderr } = spawnSync('openssl', args, { input })
  if (status !== 0) throw new Error(`openssl ended with ${status}: ${stderr.toString()}`)
  return stdout
}

/** The same payload with some of its values replaced; a path such as `push.changes.0.new`. */
export function withValues(payload: unknown, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = structuredClone(payload) as Record<string, unknown>
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.')
    const last = names.pop() ?? ''
    const parent = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, copy)
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
  return copy
}

export function toBody(payload: unknown): Buffer {
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
}

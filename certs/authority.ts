import { randomBytes } from 'node:crypto'
import type { KubeClient, ObjectKey } from '../src/kube/ports.ts'
import type { Instant } from '../src/lib/clock.ts'
import type { Secret } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { type Credential, createAuthority, generateKeys, parseBundle, parseCredential } from './pki.ts'
import type { AuthorityState, CertificateAction, CertificateSettings } from './policy.ts'

/** The CAs with their keys. The previous one signs nothing any more, so its key is not kept. */
interface AuthorityContent {
  readonly current: Credential
  readonly next?: Credential
  readonly previous?: string
  readonly promotedAt?: Instant
}

export interface Authority {
  readonly content: AuthorityContent
  readonly state: AuthorityState
}

/** The Secret as it was read. */
export interface AuthoritySecret {
  readonly found: Secret | undefined
  /** undefined where the Secret is missing or not usable. */
  readonly authority: Authority | undefined
}

export type AuthorityAction = Exclude<CertificateAction, { readonly kind: 'write-bundle' | 'issue-leaf' }>

interface AuthorityStoreOptions {
  readonly client: KubeClient
  readonly key: ObjectKey & { readonly namespace: string }
  readonly settings: CertificateSettings
}

/** Keys of the Secret's data. */
const fields = {
  current: { cert: 'current.crt', key: 'current.key' },
  next: { cert: 'next.crt', key: 'next.key' },
  previous: 'previous.crt',
  promotedAt: 'promoted-at',
} as const

export async function readAuthority({ client, key }: AuthorityStoreOptions): Promise<AuthoritySecret> {
  const found = await client.get<Secret>(resourceTypes.secret, key)
  return { found, authority: found === undefined ? undefined : parseAuthority(found.data ?? {}) }
}

/** Carries out one action of the policy; the resourceVersion that was read is the precondition. */
export async function writeAuthority(
  options: AuthorityStoreOptions,
  secret: AuthoritySecret,
  change: { readonly action: AuthorityAction; readonly remembered: Authority | undefined; readonly now: Instant },
): Promise<void> {
  const { client, key, settings } = options
  const make = () => makeAuthority(settings, change.now)
  const content = await changeContent(change.action, {
    make,
    now: change.now,
    ...pickContents(secret, change.remembered),
  })
  if (content === undefined) {
    return
  }
  const data = renderAuthority(content)
  if (secret.found === undefined) {
    const metadata = { ...key, labels: { 'app.kubernetes.io/part-of': 'c8s' } }
    await client.create<Secret>(resourceTypes.secret, { metadata, type: 'Opaque', data })
  } else {
    await client.replace<Secret>(resourceTypes.secret, { ...secret.found, data })
  }
}

interface ChangeInput {
  readonly current: AuthorityContent | undefined
  readonly remembered: AuthorityContent | undefined
  readonly make: () => Promise<Credential>
  readonly now: Instant
}

function pickContents(secret: AuthoritySecret, remembered: Authority | undefined) {
  return { current: secret.authority?.content, remembered: remembered?.content }
}

async function changeContent(action: AuthorityAction, input: ChangeInput): Promise<AuthorityContent | undefined> {
  const { current, remembered, make, now } = input
  switch (action.kind) {
    case 'create-authority':
    case 'replace-authority':
      return { current: await make() }
    case 'restore-authority':
      return remembered
    case 'add-next':
      return current && { ...current, next: await make() }
    case 'promote-next':
      return current?.next && { current: current.next, previous: current.current.cert, promotedAt: now }
    case 'drop-next':
    case 'drop-previous':
      return current && withoutPart(current, action.kind)
  }
}

function withoutPart(content: AuthorityContent, kind: 'drop-next' | 'drop-previous'): AuthorityContent {
  const { next, previous, promotedAt, ...rest } = content
  if (kind === 'drop-previous') {
    return next === undefined ? rest : { ...rest, next }
  }
  return {
    ...rest,
    ...(previous === undefined ? {} : { previous }),
    ...(promotedAt === undefined ? {} : { promotedAt }),
  }
}

async function makeAuthority(settings: CertificateSettings, now: Instant): Promise<Credential> {
  return createAuthority({
    keys: await generateKeys(),
    serial: randomBytes(16),
    notBefore: now - settings.clockSkewMs,
    notAfter: now + settings.authorityMs,
  })
}

/** A damaged next or previous CA is left out and so dropped; without a current one nothing is usable. */
function parseAuthority(data: Readonly<Record<string, string>>): Authority | undefined {
  const current = parsePair(data, fields.current)
  if (current === undefined) {
    return undefined
  }
  const next = parsePair(data, fields.next)
  const previous = parseBundle(decode(data, fields.previous))?.[0]
  const promoted = Date.parse(decode(data, fields.promotedAt))
  const promotedAt = Number.isNaN(promoted) ? {} : { promotedAt: promoted }
  return {
    content: {
      current: current.credential,
      ...(next === undefined ? {} : { next: next.credential }),
      ...(previous === undefined ? {} : { previous: previous.pem, ...promotedAt }),
    },
    state: {
      current: current.view,
      ...(next === undefined ? {} : { next: next.view }),
      ...(previous === undefined ? {} : { previous: previous.view, ...promotedAt }),
    },
  }
}

function parsePair(data: Readonly<Record<string, string>>, names: { readonly cert: string; readonly key: string }) {
  const credential = { cert: decode(data, names.cert), key: decode(data, names.key) }
  const view = parseCredential(credential)
  return view?.isAuthority === true ? { credential, view } : undefined
}

function renderAuthority({ current, next, previous, promotedAt }: AuthorityContent): Record<string, string> {
  const parts: [string, string | undefined][] = [
    [fields.current.cert, current.cert],
    [fields.current.key, current.key],
    [fields.next.cert, next?.cert],
    [fields.next.key, next?.key],
    [fields.previous, previous],
    [fields.promotedAt, promotedAt === undefined ? undefined : new Date(promotedAt).toISOString()],
  ]
  return Object.fromEntries(
    parts.flatMap(([name, text]) => (text === undefined ? [] : [[name, Buffer.from(text).toString('base64')]])),
  )
}

function decode(data: Readonly<Record<string, string>>, name: string): string {
  return Buffer.from(data[name] ?? '', 'base64').toString('utf8')
}

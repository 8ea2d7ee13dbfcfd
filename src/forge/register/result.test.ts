import { expect, test } from 'vitest'
import { aConnection } from '../../../test/helpers/admission-objects.ts'
import { ForgeError, type ForgeErrorKind } from '../forge.ts'
import type { ForgeFields } from '../status.ts'
import { foldRegistration, toResult } from './result.ts'

const url = 'https://c8s.test/webhooks/gitea'
const connection = aConnection({ provider: 'gitea', webhookSecretRef: 'hook' }, { generation: 3 })
const context = { connection, webhookURL: url, now: Date.parse('2026-01-01T00:00:00Z') }

test.each<[ForgeErrorKind, string, boolean | undefined]>([
  ['forbidden', 'Forbidden', false],
  ['notFound', 'RepositoryNotFound', false],
  ['unsupported', 'Unsupported', false],
  ['refused', 'Refused', false],
  ['unavailable', 'ForgeUnavailable', undefined],
  ['rateLimited', 'ForgeUnavailable', undefined],
])('a forge that says %s is %s', (kind, reason, isRegistered) => {
  const result = toResult(new ForgeError(kind, 'git.test said no'), connection, url)
  expect(result).toMatchObject({ reason, isRegistered })
  expect(result.message).toMatch(/^git\.test said no; to make the webhook by hand, add https/)
})

test('a fault of our own is not told in status', () => {
  expect(toResult(new TypeError('x is not a function'), connection, url).message).not.toContain('x is not')
})

const fold = (fields: ForgeFields, isRegistered: boolean | undefined) =>
  foldRegistration(fields, { isRegistered, reason: 'Reason', message: 'why' }, context)
const statusOf = ({ conditions, webhookRegistered }: ForgeFields) => [webhookRegistered, conditions?.at(-1)?.status]

test('status tells what is known, and Unknown only where it was registered before', () => {
  expect(statusOf(fold({}, true))).toEqual([true, 'True'])
  expect(statusOf(fold({}, false))).toEqual([false, 'False'])
  expect(statusOf(fold({}, undefined))).toEqual([false, 'False'])
  expect(statusOf(fold({ webhookRegistered: true }, undefined))).toEqual([true, 'Unknown'])
  expect(statusOf(fold({ webhookRegistered: true }, false))).toEqual([false, 'False'])
})

test('other fields and conditions stay as they are', () => {
  const heads = { type: 'HeadsListed', status: 'True', observedGeneration: 1 } as const
  const fields: ForgeFields = { heads: [{ ref: 'refs/heads/main', commit: 'abc' }], conditions: [heads] }
  const folded = fold(fields, true)
  expect(folded).toMatchObject({ heads: fields.heads, webhookURL: url })
  expect(folded.conditions?.[0]).toBe(heads)
  expect(folded.conditions?.[1]).toMatchObject({ type: 'WebhookRegistered', observedGeneration: 3 })
  expect(
    foldRegistration(folded, { isRegistered: true, reason: 'Reason', message: 'why' }, { ...context, now: 1e12 }),
  ).toEqual(folded)
})

import { anything, assert, asyncProperty, constantFrom, jsonValue, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { createTestAdmission, renderReview, toBytes } from '../test/helpers/admission.ts'
import { aRun } from '../test/helpers/admission-objects.ts'
import { hostileReviews } from '../test/helpers/hostile-reviews.ts'
import { parseReview } from './review.ts'

const good = renderReview({ type: resourceTypes.pipelineRun, object: aRun() })

test('a review of the API server is read as it is', () => {
  const parsed = parseReview(toBytes(good))
  expect(parsed).toMatchObject({
    ok: true,
    request: {
      uid: 'review-1',
      resource: 'pipelineruns.c8s.dev',
      operation: 'CREATE',
      namespace: 'team-a',
      name: 'app-1',
      user: { username: 'dev' },
      dryRun: false,
      object: aRun(),
    },
  })
})

test('a generated name is found in the object', () => {
  const parsed = parseReview(toBytes({ ...good, request: { ...good.request, name: '' } }))
  expect(parsed.ok && parsed.request.name).toBe('app-1')
})

test('what a hostile review says about prototypes reaches no other object', () => {
  const bytes = Buffer.from(JSON.stringify(good).replace('"metadata"', '"__proto__":{"polluted":true},"metadata"'))
  parseReview(bytes)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('there are at least 60 hostile reviews, each with a name of its own', () => {
  expect(hostileReviews.length).toBeGreaterThanOrEqual(60)
  expect(new Set(hostileReviews.map(({ name }) => name)).size).toBe(hostileReviews.length)
})

test.each(hostileReviews)('refused: $name', async ({ bytes, hasUid }) => {
  const { service } = createTestAdmission()
  for (const { status, body } of [await service.mutate(bytes), await service.validate(bytes)]) {
    const { uid, allowed, patch } = body.response
    // The mutating webhook may leave to the validating one, or to the schema, what is wrong in a spec.
    if (allowed) expect(patch === undefined || hasUid).toBe(true)
    else expect(body.response.status?.code).toBeOneOf([400, 422, 500])
    expect(status).toBe(hasUid ? 200 : 400)
    expect(uid).toBe(hasUid ? 'review-1' : '')
  }
  expect((await service.validate(bytes)).body.response.allowed).toBe(false)
})

test('any bytes are answered, never allowed', async () => {
  const { service, faults } = createTestAdmission()
  await assert(
    asyncProperty(uint8Array({ maxLength: 200 }), async (bytes) => {
      expect((await service.validate(bytes)).body.response.allowed).toBe(false)
    }),
  )
  expect(faults).toEqual([])
})

test('a review with any one part replaced by anything is answered with its uid, or as malformed', async () => {
  const { service } = createTestAdmission()
  const key = constantFrom(...(Object.keys(good.request) as (keyof typeof good.request)[]))
  await assert(
    asyncProperty(key, jsonValue(), async (part, value) => {
      const bytes = toBytes({ ...good, request: { ...good.request, [part]: value } })
      for (const { status, body } of [await service.mutate(bytes), await service.validate(bytes)]) {
        expect(body.response.uid).toBe(status === 200 ? (part === 'uid' ? value : 'review-1') : '')
      }
    }),
    { numRuns: 300 },
  )
})

test('parsing never throws', () => {
  assert(
    property(anything(), (value) => {
      const parsed = parseReview(Buffer.from(JSON.stringify({ ...good, request: value }) ?? ''))
      expect(typeof parsed.ok).toBe('boolean')
    }),
  )
})

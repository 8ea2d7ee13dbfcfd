import { array, assert, property, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { FieldError } from '../src/lib/field-error.ts'
import { renderAllowed, renderDenied, renderErrored, toDenialCode } from './response.ts'

const cycle: FieldError = { path: 'spec.steps[1].dependsOn[0]', code: 'Cycle', message: 'test → build → test' }
const secret: FieldError = { path: 'spec.steps[0].secrets[0].secretRef', code: 'SecretForbidden', message: 'no' }
const deny = (...errors: FieldError[]) =>
  renderDenied(
    { uid: 'u', name: 'ci', object: { kind: 'PipelineConfig', metadata: {} } },
    { allowed: false, code: 422, errors, warnings: [] },
  ).response

test('a denial begins with the field path and lists every error', () => {
  const { status } = deny(cycle, secret)
  expect(status?.message.startsWith('spec.steps[1].dependsOn[0]: Cycle: test → build → test\n')).toBe(true)
  expect(status?.details?.causes.map(({ field }) => field)).toEqual([cycle.path, secret.path])
})

test.each<[string, FieldError[], number]>([
  ['what one may not', [secret], 403],
  ['what is wrong', [cycle], 422],
  ['both', [cycle, secret], 422],
  ['a fault of ours beats all', [cycle, { path: '', code: 'Internal', message: 'x' }], 500],
  ['an unreadable object', [{ path: '', code: 'Malformed', message: 'x' }], 400],
])('code of %s', (...[, errors, want]) => {
  expect(toDenialCode(errors)).toBe(want)
})

test('what does not fit is counted', () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ ...cycle, path: `spec.steps[${index}]` }))
  const { message = '' } = deny(...many).status ?? {}
  const told = message.split('\n').length - 1
  expect(message.endsWith(`and ${500 - told} more`)).toBe(true)
})

const error = record({ path: string({ maxLength: 2000 }), message: string({ maxLength: 5000, unit: 'grapheme' }) })

test('a message is never 4 kB, and never empty', () => {
  assert(
    property(array(error, { minLength: 1, maxLength: 80 }), (errors) => {
      const { message = '' } = deny(...errors.map((one) => ({ ...one, code: 'Invalid' as const }))).status ?? {}
      expect(Buffer.byteLength(message)).toBeLessThan(4096)
      expect(message.length).toBeGreaterThan(0)
    }),
  )
})

test('warnings fit what the API server takes', () => {
  assert(
    property(array(string({ maxLength: 600, unit: 'grapheme' }), { maxLength: 60 }), (warnings) => {
      const told = renderAllowed('u', warnings).response.warnings ?? []
      expect(told.every((warning) => warning.length < 256)).toBe(true)
      expect(Buffer.byteLength(told.join(''))).toBeLessThan(4096)
    }),
  )
})

test('without a patch none is named', () => {
  expect(renderAllowed('u')).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'u', allowed: true },
  })
})

test('a fault of ours is an answer like any other', () => {
  expect(renderErrored('u', 500, 'c8s failed').response).toEqual({
    uid: 'u',
    allowed: false,
    status: { code: 500, reason: 'InternalError', message: 'c8s failed' },
  })
})

test('where c8s or the API server is too busy, the client is told to come again', () => {
  expect(renderErrored('u', 429, 'busy').response.status).toMatchObject({
    code: 429,
    reason: 'TooManyRequests',
    details: { retryAfterSeconds: 1 },
  })
})

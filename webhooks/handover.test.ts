import { expect, test } from 'vitest'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { renderReview, toBytes } from '../test/helpers/admission.ts'
import { anOwnJob, aRun } from '../test/helpers/admission-objects.ts'
import type { Gatherer } from './gather.ts'
import { createHandover, type Prepared } from './handover.ts'
import type { AdmissionRequest } from './request.ts'
import { parseReview } from './review.ts'

const gatherer: Gatherer = { usedNear: () => false, gather: () => Promise.reject(new Error('not asked here')) }
const prepared: Prepared = { gatherer, verdict: Promise.resolve({ allowed: true, warnings: [] }) }

function toRequest(options: Partial<Parameters<typeof renderReview>[0]> = {}): AdmissionRequest {
  const parsed = parseReview(toBytes(renderReview({ type: resourceTypes.pipelineRun, object: aRun(), ...options })))
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.request
}

function start() {
  const clock = { time: 0, now: () => clock.time }
  return { clock, handover: createHandover(clock) }
}

test('what was read for a request is taken once', () => {
  const { handover } = start()
  handover.give(toRequest(), aRun(), prepared)
  expect(handover.take(toRequest())).toBe(prepared)
  expect(handover.take(toRequest())).toEqual({})
})

test('a generated name does not part the two calls, but the verdict is given anew', () => {
  const { handover } = start()
  const object = aRun({}, { generateName: 'app-' })
  const { name: _name, ...metadata } = object.metadata
  const sent = { ...object, metadata }
  handover.give(toRequest({ object: sent }), sent, prepared)
  expect(handover.take(toRequest({ object }))).toEqual({ gatherer })
})

test('a Job that came back with defaults keeps its reads, and is judged anew', () => {
  const { handover } = start()
  const job = anOwnJob()
  const request = (object: object) => toRequest({ type: resourceTypes.job, object })
  handover.give(request(job), job, prepared)
  expect(handover.take(request({ ...job, spec: { ...job.spec, parallelism: 1 } }))).toEqual({ gatherer })
})

test.each([
  ['another user', { user: { username: 'eve' } }],
  ['another object', { object: aRun({ commit: 'fffffff' }) }],
  ['another name', { object: aRun({}, { name: 'other' }) }],
  ['another namespace', { object: aRun({}, { namespace: 'team-b' }) }],
  ['a dry run', { dryRun: true }],
])('nothing is handed to %s', (_name, options) => {
  const { handover } = start()
  handover.give(toRequest(), aRun(), prepared)
  expect(handover.take(toRequest(options))).toEqual({})
})

test('what is old is not handed over', () => {
  const { clock, handover } = start()
  handover.give(toRequest(), aRun(), prepared)
  clock.time = 1000
  expect(handover.take(toRequest())).toEqual({})
})

test('a flood of creates that never come back is forgotten', () => {
  const { handover } = start()
  for (let index = 0; index < 3000; index += 1) {
    const object = aRun({}, { name: `run-${index}` })
    handover.give(toRequest({ object }), object, prepared)
  }
  expect(handover.take(toRequest({ object: aRun({}, { name: 'run-0' }) }))).toEqual({})
  expect(handover.take(toRequest({ object: aRun({}, { name: 'run-2999' }) }))).toBe(prepared)
})

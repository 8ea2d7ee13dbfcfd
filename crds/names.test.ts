import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameJob, toLabelValue } from './names.ts'

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
const subdomain = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?){0,4}$/)
const anyAttempt = fc.record({
  run: subdomain,
  runUid: fc.uuid(),
  step: label,
  attempt: fc.integer({ min: 1, max: 1000 }),
})

describe('nameJob', () => {
  it('starts with run and step', () => {
    const name = nameJob({ run: 'my-app-ci-abc123', runUid: 'u', step: 'test', attempt: 1 })
    expect(name).toMatch(/^my-app-ci-abc123-test-[a-z0-9]{10}$/)
  })

  it('keeps something of both where both are long', () => {
    const name = nameJob({ run: 'r'.repeat(253), runUid: 'u', step: 's'.repeat(63), attempt: 1 })
    expect(name).toMatch(/^r{27}-s{24}-[a-z0-9]{10}$/)
  })

  it.each([
    { name: 'dash in the run or in the step', a: { run: 'r', step: 'a-b' }, b: { run: 'r-a', step: 'b' } },
    { name: 'another attempt', a: { attempt: 1 }, b: { attempt: 2 } },
    { name: 'a run of the same name made again', a: { runUid: 'u1' }, b: { runUid: 'u2' } },
    { name: 'a dot and a dash', a: { run: 'a.b' }, b: { run: 'a-b' } },
  ])('tells apart: $name', ({ a, b }) => {
    const base = { run: 'r', runUid: 'u', step: 's', attempt: 1 }
    expect(nameJob({ ...base, ...a })).not.toBe(nameJob({ ...base, ...b }))
  })

  it('is a DNS label, and the same for the same attempt', () => {
    fc.assert(
      fc.property(anyAttempt, (attempt) => {
        expect(nameJob(attempt)).toMatch(dnsLabel)
        expect(nameJob({ ...attempt })).toBe(nameJob(attempt))
      }),
    )
  })
})

describe('toLabelValue', () => {
  it.each(['', 'main', 'v1.2_3', 'a'.repeat(63)])('%j stays as it is', (text) => {
    expect(toLabelValue(text)).toBe(text)
  })

  it.each([
    ['feature/login', /^feature-login-[a-z0-9]{10}$/],
    ['https://github.com/org/my-app', /^https-github.com-org-my-app-[a-z0-9]{10}$/],
    ['a'.repeat(64), /^a{52}-[a-z0-9]{10}$/],
    ['дом', /^[a-z0-9]{10}$/],
    ['-x', /^x-[a-z0-9]{10}$/],
  ])('%j becomes legal', (text, want) => {
    expect(toLabelValue(text)).toMatch(want)
  })

  it('is legal, and different for different texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(toLabelValue(a)).toMatch(labelValue)
        expect(toLabelValue(a).length).toBeLessThanOrEqual(63)
        expect(toLabelValue(a) === toLabelValue(b)).toBe(a === b)
      }),
    )
  })
})

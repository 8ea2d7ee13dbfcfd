import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameEventRun, nameJob, toLabelValue } from './names.ts'
import { eventTypes } from './parts/event.ts'

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

const commit = '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d'
const push = { connection: 'web', pipeline: 'ci', type: 'push', ref: 'main', commit } as const
const text = fc.string({ unit: 'binary' })
const anyIdentity = fc.record({
  connection: text,
  pipeline: fc.oneof(subdomain, text),
  type: fc.constantFrom(...eventTypes),
  ref: text,
  commit: fc.oneof(fc.stringMatching(/^[0-9a-f]{40}$/), text),
  occasion: text,
  isRejected: fc.boolean(),
})

describe('nameEventRun', () => {
  it.each([
    [push, 'ci-7fd1a60-wz5l72a884'],
    [{ ...push, type: 'tag', ref: 'v1.0.0' }, 'ci-7fd1a60-4qrh2qd6vh'],
    [{ ...push, type: 'pullRequest', ref: '7' }, 'ci-7fd1a60-bk7pz19cl3'],
    [{ ...push, type: 'pullRequest', ref: '7', occasion: '123456' }, 'ci-7fd1a60-z6fhfhkpxx'],
    [{ ...push, type: 'schedule', occasion: '2026-11-21T02:00:00Z' }, 'ci-7fd1a60-0t7718dyck'],
    [
      { pipeline: 'nightly.eu', type: 'request', ref: 'main', commit, occasion: 'a-token' },
      'nightly-eu-7fd1a60-xltn53tf6x',
    ],
    [{ ...push, isRejected: true }, 'ci-7fd1a60-dt9klllmqk'],
    [{ ...push, pipeline: 'p'.repeat(60) }, 'pppppppppppppppppppppppppppppppppppppppppppp-7fd1a60-lcvtbmwz5v'],
  ] as const)('stays what it was in every version: %j', (identity, name) => {
    expect(nameEventRun(identity)).toBe(name)
  })

  it.each([
    ['the connection', { connection: 'web-2' }],
    ['the pipeline', { pipeline: 'docs' }],
    ['a pipeline that is cut alike', { pipeline: 'c.i' }],
    ['the kind of event', { type: 'tag' as const }],
    ['the ref', { ref: 'dev' }],
    ['the commit', { commit: commit.replace(/d$/, 'e') }],
    ['the occasion', { occasion: '1' }],
    ['whether it can run', { isRejected: true }],
  ])('tells apart: %s', (_, change) => {
    expect(nameEventRun({ ...push, ...change })).not.toBe(nameEventRun(push))
  })

  it('is a DNS label for whatever a stranger sends, and the same each time', () => {
    fc.assert(
      fc.property(anyIdentity, (identity) => {
        expect(nameEventRun(identity)).toMatch(dnsLabel)
        expect(nameEventRun({ ...identity })).toBe(nameEventRun(identity))
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

import { describe, expect, it } from 'vitest'
import { dayMs, failedToTrust, healthy, now, stored, value } from '../../../test/helpers/doctor-facts.ts'
import type { DoctorFacts, IssuedCertificate } from './facts.ts'
import { judgeFacts } from './registry.ts'

const annotations = { 'cert-manager.io/inject-ca-from': 'c8s-system/c8s-admission' }
const injected = (caBundle?: string) => {
  const { metadata, ...rest } = stored({}, caBundle)
  return { configurations: value([{ ...rest, metadata: { ...metadata, annotations } }]) }
}
const day = (days: number) => new Date(now + days * dayMs).toISOString()
const issued = (status: IssuedCertificate['status']): Partial<DoctorFacts> => ({
  ...injected(),
  issuedCertificate: value({ metadata: { name: 'c8s-admission' }, ...(status === undefined ? {} : { status }) }),
})
const see = (change: Partial<DoctorFacts>) =>
  judgeFacts({ ...healthy, ...change })
    .filter(({ level }) => level !== 'ok')
    .map(({ check, level, message, remedy = '' }) => `${check}: ${level}: ${message} -> ${remedy}`)

const ask = 'cert-manager makes it: kubectl -n c8s-system describe certificates,certificaterequests'

describe('a certificate of cert-manager', () => {
  it.each([
    ['that lives on', { notAfter: day(80), renewalTime: day(50) }],
    ['that is short of life and not yet to be renewed', { notAfter: day(2), renewalTime: day(1) }],
  ])('%s is no word', (_name, status) => {
    expect(see(issued(status))).toEqual([])
  })

  it.each([
    [
      'that should have been renewed',
      { notAfter: day(5), renewalTime: day(-25) },
      'warning: Certificate c8s-admission runs out on 2026-11-26, and should have been renewed',
    ],
    [
      'that ran out',
      { notAfter: day(-1), renewalTime: day(-30) },
      'error: Certificate c8s-admission ran out on 2026-11-20',
    ],
    [
      'that was never made',
      { conditions: [{ type: 'Ready', status: 'False', message: 'no issuer "ca"' }] },
      'error: Certificate c8s-admission was not made: no issuer "ca"',
    ],
  ])('%s is told, with whom to ask', (_name, status, words) => {
    expect(see(issued(status))).toEqual([`certificates: ${words} -> ${ask}`])
  })

  it('whose CA is missing is not a matter of c8s’s own', () => {
    expect(see(injected(''))).toEqual([
      'certificates: error: webhook inject.c8s.dev has no caBundle -> cert-manager writes it: kubectl -n c8s-system describe certificates; is its CA injector there?',
    ])
    expect(see({ ...injected(), probe: failedToTrust })).toEqual([
      expect.stringMatching(/^webhook-answers: error: .*does not trust.* -> cert-manager writes it: /),
    ])
  })
})

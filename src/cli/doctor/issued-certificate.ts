import type { Instant } from '../../lib/clock.ts'
import { error, type Said, warning } from './check.ts'
import type { DoctorFacts, IssuedCertificate } from './facts.ts'

export const injectorRemedy =
  'cert-manager writes it: kubectl -n c8s-system describe certificates; is its CA injector there?'
const remedy = 'cert-manager makes it: kubectl -n c8s-system describe certificates,certificaterequests'
const warnMs = 14 * 86_400_000

/** Whether somebody else than c8s writes the CA into its webhook configurations. */
export function isInjected({ configurations, expected }: Pick<DoctorFacts, 'configurations' | 'expected'>): boolean {
  if (!('value' in configurations)) return false
  return configurations.value.some(({ kind, metadata }) => {
    const isOurs = expected.configurations.some((each) => each.kind === kind && each.metadata.name === metadata.name)
    return isOurs && metadata.annotations?.['cert-manager.io/inject-ca-from'] !== undefined
  })
}

/** What the webhooks serve may run out long before the CA that signed it. One that lives for days is renewed in its last ones. */
export function judgeIssued({ metadata, status = {} }: IssuedCertificate, now: Instant): readonly Said[] {
  const what = `Certificate ${metadata.name ?? ''}`
  if (status.notAfter === undefined) {
    const ready = status.conditions?.find(({ type }) => type === 'Ready')
    return [error(`${what} was not made: ${ready?.message ?? 'cert-manager says nothing about it'}`, remedy)]
  }
  const end = Date.parse(status.notAfter)
  const day = status.notAfter.slice(0, 10)
  if (end <= now) return [error(`${what} ran out on ${day}`, remedy)]
  const isLate = status.renewalTime === undefined || Date.parse(status.renewalTime) < now
  return isLate && end - now < warnMs
    ? [warning(`${what} runs out on ${day}, and should have been renewed`, remedy)]
    : []
}

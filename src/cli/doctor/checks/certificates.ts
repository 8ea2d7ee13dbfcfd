import { X509Certificate } from 'node:crypto'
import type { Instant } from '../../../lib/clock.ts'
import { type DoctorCheck, error, orOk, type Said, warning, whenRead } from '../check.ts'
import type { DoctorFacts, WebhookConfiguration } from '../facts.ts'
import { injectorRemedy, isInjected, judgeIssued } from '../issued-certificate.ts'

const dayMs = 86_400_000
/** c8s makes a new CA when a third of a year is left; a certificate of somebody else's may live shorter. */
const warnDays = 14
const ownRemedy =
  'kubectl -n c8s-system logs deployment/c8s-admission: it keeps the CA in Secret c8s-admission-ca, and in both configurations'

/** The CA that the API server trusts the webhooks by is there, the same everywhere, and lives on. */
export const certificates: DoctorCheck = {
  id: 'certificates',
  judge: (facts) =>
    whenRead(facts.configurations, (found) => {
      const ours = found.filter((each) => isExpected(each, facts))
      if (ours.length === 0)
        return [error('there is no webhook configuration that could hold a CA', 'see the check webhooks')]
      const now = 'value' in facts.server ? (facts.server.value.date ?? facts.server.value.askedAt) : Date.now()
      const isIssued = isInjected(facts)
      const said = judgeBundles(ours, { now, remedy: isIssued ? injectorRemedy : ownRemedy })
      const { issuedCertificate: issued } = facts
      const more = isIssued && 'value' in issued && issued.value !== undefined ? judgeIssued(issued.value, now) : []
      return orOk([...said, ...more], `the CA of the webhooks is valid for ${describeEnd(ours, now)} days more`)
    }),
}

function isExpected({ kind, metadata }: WebhookConfiguration, { expected }: DoctorFacts): boolean {
  return expected.configurations.some((each) => each.kind === kind && each.metadata.name === metadata.name)
}

interface Bundle {
  readonly webhook: string
  readonly text: string
}

function listBundles(configurations: readonly WebhookConfiguration[]): readonly Bundle[] {
  return configurations.flatMap(({ webhooks = [] }) =>
    webhooks.map(({ name, clientConfig }) => {
      return { webhook: name, text: Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString() }
    }),
  )
}

interface Scale {
  readonly now: Instant
  readonly remedy: string
}

function judgeBundles(configurations: readonly WebhookConfiguration[], { now, remedy }: Scale): readonly Said[] {
  const bundles = listBundles(configurations)
  const wrong = bundles.flatMap(({ webhook, text }): Said[] => {
    const end = findEnd(text)
    if (text === '') return [error(`webhook ${webhook} has no caBundle`, remedy)]
    if (end === undefined) return [error(`the caBundle of webhook ${webhook} is no certificate`, remedy)]
    if (end <= now) return [error(`the CA of webhook ${webhook} ran out on ${toDay(end)}`, remedy)]
    return end - now < warnDays * dayMs
      ? [warning(`the CA of webhook ${webhook} runs out on ${toDay(end)}`, remedy)]
      : []
  })
  const isMixed = new Set(bundles.map(({ text }) => text)).size > 1
  return isMixed && wrong.length === 0
    ? [warning('the webhooks have different caBundles; for a minute that is a change of the CA', remedy)]
    : wrong
}

function describeEnd(configurations: readonly WebhookConfiguration[], now: Instant): number {
  const ends = listBundles(configurations).flatMap(({ text }) => findEnd(text) ?? [])
  return Math.floor((Math.min(...ends) - now) / dayMs)
}

/** When the last certificate of the bundle ends: older ones stay beside it until nobody needs them. */
function findEnd(text: string): Instant | undefined {
  const parts = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const ends = parts.flatMap((part) => readEnd(part) ?? [])
  return ends.length === 0 ? undefined : Math.max(...ends)
}

function readEnd(pem: string): Instant | undefined {
  try {
    return Date.parse(new X509Certificate(pem).validTo)
  } catch {
    return undefined
  }
}

function toDay(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10)
}

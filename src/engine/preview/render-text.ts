import { stringify } from 'yaml'
import { formatDuration } from '../../lib/duration.ts'
import { formatQuantity } from '../../lib/quantity.ts'
import type { QuotaOutlook } from './outlook.ts'
import type { Preview } from './preview.ts'
import { renderUsage } from './render-warnings.ts'
import type { StepPreview } from './step-preview.ts'

/** All annotations of an object may have 256 KiB together, and `kubectl apply` keeps the manifest in one. */
const longestText = 96 * 1024

/** The whole plan as YAML, for the annotation. A plan that is too long ends with how many steps are left out. */
export function renderText(preview: Preview): string {
  const head = renderHead(preview)
  const last = renderTail(preview)
  let room = longestText - Buffer.byteLength(head) - Buffer.byteLength(last)
  const shown: string[] = []
  for (const step of preview.steps) {
    const text = stringify([toFields(step)], { lineWidth: 0 })
    room -= Buffer.byteLength(text)
    if (room < 0) break
    shown.push(text)
  }
  const left = preview.steps.length - shown.length
  return `${head}${last}steps:\n${shown.join('')}${left === 0 ? '' : `stepsLeftOut: ${left}\n`}`
}

function renderHead({ plan, steps, approval }: Preview): string {
  const { source, repository, timeoutSeconds, concurrency, untrusted, hash } = plan
  return toYaml({
    config: source === undefined ? undefined : `${source.name}, generation ${source.generation}`,
    repository,
    hash,
    stepCount: steps.length,
    skippedCount: steps.filter(({ skipped }) => skipped !== undefined).length,
    timeout: formatDuration(timeoutSeconds),
    concurrencyGroup: concurrency?.group,
    untrusted: untrusted?.message,
    approval,
  })
}

function renderTail({ widest: { cpu, memory, pods }, quotas, waiting, estimate }: Preview): string {
  const { mostSeconds, usual, most, usually, currency } = estimate
  return toYaml({
    atItsWidest: {
      cpu: formatQuantity(cpu),
      memory: formatQuantity(memory, 'binary'),
      pods: Number(pods / 1_000_000_000n),
    },
    quotas: quotas.length === 0 ? undefined : quotas.map(toQuotaFields),
    runsWaiting: waiting,
    duration: omitEmpty({
      atMost: formatDuration(mostSeconds),
      usually: usual === undefined ? undefined : formatDuration(usual.p50),
      nineOfTen: usual === undefined ? undefined : formatDuration(usual.p90),
    }),
    [most.cost === undefined ? 'usage' : 'cost']: omitEmpty({
      atMost: renderUsage(most, currency),
      usually: usually === undefined ? undefined : renderUsage(usually, currency),
    }),
  })
}

function toQuotaFields({ quota, verdict, short }: QuotaOutlook): object {
  const asked = short && formatQuantity(short.asked, short.name.endsWith('memory') ? 'binary' : 'decimal')
  return omitEmpty({
    name: quota,
    verdict,
    short: short?.name,
    used: short?.used,
    hard: short?.hard,
    asked,
    step: short?.step,
  })
}

/** Names of Secrets and no values; commands are in spec.plan. */
function toFields(step: StepPreview): object {
  const { name, of, isFinal, needs, image, requests, timeoutSeconds, attempts, secrets, services } = step
  return omitEmpty({
    name,
    of,
    atTheEnd: isFinal ? true : undefined,
    skipped: step.skipped,
    decidedLater: step.isOpen ? true : undefined,
    takenOverFrom: step.reusedFrom,
    needs: needs.length === 0 ? undefined : needs,
    image,
    calls: step.calls,
    requests,
    timeout: image === undefined ? undefined : formatDuration(timeoutSeconds),
    attempts: attempts === 1 ? undefined : attempts,
    services: services.length === 0 ? undefined : services,
    secrets: secrets.length === 0 ? undefined : secrets,
    approval: step.approval === undefined ? undefined : omitEmpty({ ...step.approval }),
  })
}

function omitEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function toYaml(fields: Readonly<Record<string, unknown>>): string {
  return stringify(omitEmpty(fields), { lineWidth: 0 })
}

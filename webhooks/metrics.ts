import type { Answer } from './service.ts'

/** Counts of answers and their time, as text that Prometheus reads. */
export interface AdmissionMetrics {
  count(answer: Answer): void
  time(webhook: string, seconds: number): void
  /** Seconds since the epoch at which the serving certificate ends. */
  setCertificateEnd(seconds: number): void
  render(): string
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const

interface Times {
  readonly counts: number[]
  sum: number
  total: number
}

export function createMetrics(): AdmissionMetrics {
  const answers = new Map<string, number>()
  const times = new Map<string, Times>()
  let certificateEnd: number | undefined
  return {
    count: (answer) => {
      const key = renderLabels({ ...answer })
      answers.set(key, (answers.get(key) ?? 0) + 1)
    },
    time: (webhook, seconds) => {
      const seen = times.get(webhook) ?? { counts: buckets.map(() => 0), sum: 0, total: 0 }
      times.set(webhook, seen)
      seen.sum += seconds
      seen.total += 1
      for (const [index, bound] of buckets.entries())
        if (seconds <= bound) seen.counts[index] = (seen.counts[index] ?? 0) + 1
    },
    setCertificateEnd: (seconds) => {
      certificateEnd = seconds
    },
    render: () =>
      [
        '# HELP c8s_admission_answers_total Answers of the admission webhooks.',
        '# TYPE c8s_admission_answers_total counter',
        ...[...answers].map(([labels, value]) => `c8s_admission_answers_total${labels} ${value}`),
        '# HELP c8s_admission_duration_seconds Time from the body to the answer.',
        '# TYPE c8s_admission_duration_seconds histogram',
        ...[...times].flatMap(([webhook, seen]) => renderTimes(webhook, seen)),
        ...renderCertificateEnd(certificateEnd),
        '',
      ].join('\n'),
  }
}

function renderTimes(webhook: string, { counts, sum, total }: Times): readonly string[] {
  const name = 'c8s_admission_duration_seconds'
  return [
    ...buckets.map(
      (bound, index) => `${name}_bucket${renderLabels({ webhook, le: String(bound) })} ${counts[index] ?? 0}`,
    ),
    `${name}_bucket${renderLabels({ webhook, le: '+Inf' })} ${total}`,
    `${name}_sum${renderLabels({ webhook })} ${sum}`,
    `${name}_count${renderLabels({ webhook })} ${total}`,
  ]
}

function renderCertificateEnd(seconds: number | undefined): readonly string[] {
  if (seconds === undefined) return []
  return [
    '# HELP c8s_admission_certificate_end_seconds When the serving certificate ends.',
    '# TYPE c8s_admission_certificate_end_seconds gauge',
    `c8s_admission_certificate_end_seconds ${seconds}`,
  ]
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, '_')}"`)
  return `{${pairs.join(',')}}`
}

import type { DeliveryResult } from './answer.ts'

/** Counts of deliveries and their time, as text that Prometheus reads. */
export interface DeliveryMetrics {
  count(provider: string, result: DeliveryResult): void
  /** Of deliveries that were signed: the others are kept waiting on purpose. */
  time(provider: string, seconds: number): void
  /** What else is to be told now. */
  render(gauges: Readonly<Record<keyof typeof gaugeHelp, number>>): string
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const
const gaugeHelp = {
  c8s_deliveries_in_flight: 'Deliveries that are not answered yet.',
  c8s_delivery_body_bytes: 'Memory that bodies of deliveries hold.',
  c8s_connections: 'RepositoryConnections that are known.',
} as const

interface Times {
  readonly counts: number[]
  sum: number
  total: number
}

export function createDeliveryMetrics(): DeliveryMetrics {
  const results = new Map<string, number>()
  const times = new Map<string, Times>()
  return {
    count: (provider, result) => {
      const labels = `{provider="${provider}",result="${result}"}`
      results.set(labels, (results.get(labels) ?? 0) + 1)
    },
    time: (provider, seconds) => {
      const seen = times.get(provider) ?? { counts: buckets.map(() => 0), sum: 0, total: 0 }
      times.set(provider, seen)
      seen.sum += seconds
      seen.total += 1
      for (const [index, bound] of buckets.entries())
        if (seconds <= bound) seen.counts[index] = (seen.counts[index] ?? 0) + 1
    },
    render: (gauges) =>
      [
        '# HELP c8s_deliveries_total Deliveries of forges, by what came of them.',
        '# TYPE c8s_deliveries_total counter',
        ...[...results].map(([labels, value]) => `c8s_deliveries_total${labels} ${value}`),
        '# HELP c8s_delivery_seconds Time from the head of a signed delivery to its answer.',
        '# TYPE c8s_delivery_seconds histogram',
        ...[...times].flatMap(([provider, seen]) => renderTimes(provider, seen)),
        ...Object.entries(gaugeHelp).flatMap(([name, help]) => renderGauge(name, help, gauges)),
        '',
      ].join('\n'),
  }
}

function renderTimes(provider: string, { counts, sum, total }: Times): readonly string[] {
  const name = 'c8s_delivery_seconds'
  const label = `provider="${provider}"`
  return [
    ...buckets.map((bound, index) => `${name}_bucket{${label},le="${bound}"} ${counts[index] ?? 0}`),
    `${name}_bucket{${label},le="+Inf"} ${total}`,
    `${name}_sum{${label}} ${sum}`,
    `${name}_count{${label}} ${total}`,
  ]
}

function renderGauge(name: string, help: string, gauges: Readonly<Record<string, number>>): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${gauges[name] ?? 0}`]
}

import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('what was counted is told in the form that Prometheus reads', () => {
  const metrics = createMetrics()
  const answer = { webhook: 'mutate', resource: 'jobs.batch', operation: 'CREATE', verdict: 'allowed' } as const
  metrics.count(answer)
  metrics.count(answer)
  metrics.count({ ...answer, verdict: 'denied' })
  metrics.time('mutate', 0.002)
  metrics.time('mutate', 9)
  metrics.setCertificateEnd(12)
  const lines = metrics.render().split('\n')
  expect(lines).toContain(
    'c8s_admission_answers_total{webhook="mutate",resource="jobs.batch",operation="CREATE",verdict="allowed"} 2',
  )
  expect(lines).toContain(
    'c8s_admission_answers_total{webhook="mutate",resource="jobs.batch",operation="CREATE",verdict="denied"} 1',
  )
  expect(lines).toContain('c8s_admission_duration_seconds_bucket{webhook="mutate",le="0.001"} 0')
  expect(lines).toContain('c8s_admission_duration_seconds_bucket{webhook="mutate",le="0.0025"} 1')
  expect(lines).toContain('c8s_admission_duration_seconds_bucket{webhook="mutate",le="+Inf"} 2')
  expect(lines).toContain('c8s_admission_duration_seconds_count{webhook="mutate"} 2')
  expect(lines).toContain('c8s_admission_certificate_end_seconds 12')
})

test('a hostile name makes no line of its own', () => {
  const metrics = createMetrics()
  metrics.count({ webhook: 'mutate', resource: 'a"} 1\nevil 1', operation: 'CREATE', verdict: 'denied' })
  expect(
    metrics
      .render()
      .split('\n')
      .filter((line) => line.startsWith('evil')),
  ).toEqual([])
})

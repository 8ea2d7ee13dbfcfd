import { describe, expect, it } from 'vitest'
import type { AgentReport } from '../lib/agent-options.ts'
import { renderReport } from './report.ts'

describe('renderReport', () => {
  it('keeps what fits', () => {
    const report: AgentReport = { reason: 'Shipped', message: '1 byte', unmasked: ['a/b'] }
    expect(JSON.parse(renderReport(report))).toEqual(report)
    expect(JSON.parse(renderReport({ reason: 'Cloned', message: 'm', commit: 'abc' }))).toEqual({
      reason: 'Cloned',
      message: 'm',
      commit: 'abc',
    })
  })

  it('leaves out names and cuts the message until kubelet takes it whole', () => {
    const unmasked = Array.from({ length: 1000 }, (_, at) => `secret/${at}`)
    const text = renderReport({ reason: 'Shipped', message: 'm', unmasked })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096)
    expect(JSON.parse(text).unmasked.length).toBeGreaterThan(100)
    const long = renderReport({ reason: 'CloneFailed', message: 'ü"'.repeat(5000), unmasked: ['a/b'] })
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(4096)
    expect(JSON.parse(long).message.length).toBeGreaterThan(500)
  })
})

import { describe, expect, it } from 'vitest'
import { findNextTime } from './schedule.ts'

const after = Date.parse('2026-03-28T12:00:30Z')
const next = (cron: string, timeZone?: string) => {
  const at = findNextTime(timeZone === undefined ? { cron } : { cron, timeZone }, after)
  return at === undefined ? undefined : new Date(at).toISOString()
}

describe('findNextTime', () => {
  it.each([
    ['* * * * *', '2026-03-28T12:01:00.000Z'],
    ['@hourly', '2026-03-28T13:00:00.000Z'],
    ['30 4 * * 1-5', '2026-03-30T04:30:00.000Z'],
    ['0 0 1 */3 *', '2026-04-01T00:00:00.000Z'],
    ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
    // Day and weekday are alternatives, as in crontab.
    ['0 0 31 2 sun', '2027-02-07T00:00:00.000Z'],
    ['0 0 30 2 *', undefined],
    ['0 0 L * *', undefined],
    ['@reboot', undefined],
    ['', undefined],
  ])('%s', (cron, want) => {
    expect(next(cron)).toBe(want)
  })

  it.each([
    ['the time of the zone', '0 9 * * *', 'America/New_York', '2026-03-28T13:00:00.000Z'],
    ['over the change to summer time', '0 9 * * *', 'Europe/Berlin', '2026-03-29T07:00:00.000Z'],
    ['the end of an hour that is left out', '30 2 29 3 *', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['no zone', '0 9 * * *', 'Europe/Nowhere', undefined],
    ['an offset', '0 9 * * *', '+01:00', undefined],
  ])('%s', (...[, cron, zone, want]) => {
    expect(next(cron, zone)).toBe(want)
  })

  it('comes after the moment itself, and is the same whenever it is asked', () => {
    const at = Date.parse('2026-03-28T13:00:00Z')
    expect(findNextTime({ cron: '@hourly' }, at)).toBe(at + 3_600_000)
    expect(findNextTime({ cron: '@hourly' }, at - 1)).toBe(at)
  })

  it('is quick for what never comes', () => {
    const start = performance.now()
    for (let index = 0; index < 20; index += 1) findNextTime({ cron: '0 0 30 2 *' }, after)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

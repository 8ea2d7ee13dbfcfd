import { expect, test } from 'vitest'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { systemTimers } from '../kube/timers.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { askServerTime } from './ask-time.ts'
import { ServerClock } from './server-clock.ts'

const hour = 3_600_000
const noLog = { info: () => undefined, warn: () => undefined, error: () => undefined }
const impatient = { ...systemTimers, after: (_: number, call: () => void) => systemTimers.after(0, call) }

test.each([hour, -hour])(
  'a clock that is off by %i ms is put right before anything is judged, and nothing is stored',
  async (skew) => {
    const api = new FakeKube()
    const clock = new ServerClock({ now: () => Date.now() + skew })
    await askServerTime({ api, clock, timers: systemTimers, log: noLog })
    expect(Math.abs(clock.now() - Date.now())).toBeLessThanOrEqual(1100)
    expect((await api.list(resourceTypes.lease, {})).items).toEqual([])
  },
)

test('an API server that does not answer is asked again, and after a while the own clock counts', async () => {
  let calls = 0
  const away = { create: () => Promise.reject(new Error(`away ${(calls += 1)}`)) }
  const clock = new ServerClock({ now: () => 5 })
  await askServerTime({ api: away, clock, timers: impatient, log: noLog })
  expect([calls, clock.now()]).toEqual([5, 5])
})

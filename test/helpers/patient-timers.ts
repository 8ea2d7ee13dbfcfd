import { systemTimers, type Timers } from '../../src/kube/timers.ts'

/** For what a test does fifty times at once, which is no measure of how long one takes: limits are ten times as long. */
export const patientTimers: Timers = {
  ...systemTimers,
  after: (milliseconds, callback) => systemTimers.after(10 * milliseconds, callback),
}

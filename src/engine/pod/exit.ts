import { podPaths } from '../../../crds/labels.ts'
import type { Step } from '../../../crds/parts/step.ts'
import { driverMessages } from '../../lib/agent-options.ts'
import type { Terminated } from './container.ts'
import { toSentence } from './sentence.ts'
import type { ContainerTimes, Ended, Lost } from './verdict.ts'

/** Signals that end a container often, by number (signal(7)). */
const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}

const hints: Readonly<Record<number, string>> = { 126: 'a command cannot be executed', 127: 'a command was not found' }

/** The result of a step by how its container ended. The exit code decides; only `c8s:` words of the driver add to it. */
export function judgeExit(end: Terminated, step: Step): Ended | Lost {
  const times: ContainerTimes = { startTime: end.startedAt, completionTime: end.finishedAt }
  const said = end.message?.trim()
  if (end.reason === 'ContainerStatusUnknown') {
    return { kind: 'lost', cause: 'was lost: its node no longer knows how it ended', isReplaced: false }
  }
  if (end.exitCode === 125 && said === driverMessages.shipperMissing) {
    return { kind: 'lost', cause: 'had no log shipper, so the step did not start', isReplaced: false }
  }
  if (end.reason === 'StartError' || end.reason === 'ContainerCannotRun') return judgeStartError(end, times)
  if (end.exitCode === 0) return judgeSuccess(end, times)
  return { kind: 'ended', phase: 'Failed', exitCode: end.exitCode, ...times, ...describeFailure(end, step) }
}

function judgeSuccess(end: Terminated, times: ContainerTimes): Ended {
  const isKilled = end.reason === 'OOMKilled'
  return {
    kind: 'ended',
    phase: 'Succeeded',
    reason: isKilled ? 'OOMKilled' : 'Completed',
    exitCode: 0,
    ...times,
    ...(isKilled
      ? { message: 'a process was killed for memory, but the step went on and ended with exit code 0' }
      : {}),
  }
}

function describeFailure(end: Terminated, step: Step): Pick<Ended, 'reason' | 'message'> {
  if (end.reason === 'OOMKilled') {
    const limit = step.resources?.memoryLimit ?? step.resources?.memory
    const allowed = limit === undefined ? 'memory than it is allowed' : `than the ${limit} of memory it is allowed`
    return { reason: 'OOMKilled', message: `killed: it used more ${allowed} (exit code ${end.exitCode})` }
  }
  if (end.exitCode === 124 && end.message?.trim() === driverMessages.timedOut) {
    return { reason: 'TimedOut', message: describeTimeout(step) }
  }
  const hint = hints[end.exitCode] ?? signals[end.exitCode - 128]
  return { reason: 'ExitCode', message: `exit code ${end.exitCode}${hint === undefined ? '' : ` (${hint})`}` }
}

export function describeTimeout(step: Step): string {
  return `ran longer than its timeout${step.timeout === undefined ? '' : ` of ${step.timeout}`}`
}

/** A container that could not start: where the missing thing is c8s's own, the fault is not the step's. */
function judgeStartError(end: Terminated, times: ContainerTimes): Ended | Lost {
  const detail = toSentence(end.message ?? '', 300)
  if (detail.includes(podPaths.busybox) || detail.includes(podPaths.driver)) {
    return { kind: 'lost', cause: 'had no step driver, so the step did not start', isReplaced: false }
  }
  const message = `the container could not be started: ${detail === '' ? `exit code ${end.exitCode}` : detail}`
  return { kind: 'ended', phase: 'Failed', reason: 'StartError', message, exitCode: end.exitCode, ...times }
}

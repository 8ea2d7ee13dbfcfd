import { afterEach, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import type { Step } from '../../crds/parts/step.ts'
import { ControllerPlayground, makeMortal, makeStep, namespace } from '../../test/helpers/controller-playground.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { withFaultPoint } from './fault-point.ts'

const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

function play(script: Script): ControllerPlayground {
  const playground = new ControllerPlayground(script)
  open.push(playground)
  return playground
}

const unit = (retries: NonNullable<Step['retries']>): Step => ({ ...makeStep('unit'), retries })
const row = ({ status }: PipelineRun) => status?.steps?.find(({ name }) => name === 'unit')
const listAttempts = async (it: ControllerPlayground) => {
  const { items } = await it.kube.list(resourceTypes.job, { namespace })
  return items.map(({ metadata }) => Number(metadata.labels?.[labels.attempt])).toSorted((a, b) => a - b)
}
const failTwice: Script = {
  unit: [
    { does: 'exit', code: 2 },
    { does: 'exit', code: 3 },
    { does: 'exit', code: 0 },
  ],
}

test('a controller killed at any write makes each attempt once, and counts them all', async () => {
  for (let write = 1; write <= 8; write += 1) {
    for (const when of ['before', 'after'] as const) {
      const it = play(failTwice)
      const mortal = makeMortal(it.kube)
      const dying = withFaultPoint(mortal.api, { write, when }, () => {
        mortal.die()
        it.startController()
      })
      it.startController(dying)
      await it.createRun([unit({ limit: 2, backoff: '0s' })])
      const run = await it.waitForEnd()
      const attempts = [
        { attempt: 2, exitCode: 3 },
        { attempt: 1, exitCode: 2 },
      ] as const
      expect(row(run), `${when} write ${write}`).toMatchObject({ phase: 'Succeeded', attempt: 3, attempts })
      expect(await listAttempts(it)).toEqual([1, 2, 3])
    }
  }
}, 60_000)

test('the wait is told, lasts, and needs the failed Job no more', async () => {
  const it = play(failTwice)
  it.startController()
  await it.createRun([unit({ limit: 1, backoff: '2s' })])
  const waiting = await it.waitForRun((run) => row(run)?.reason === 'Retrying')
  const { phase, message, jobName = '', retryAt = '' } = row(waiting) ?? {}
  expect([phase, message]).toEqual(['Running', `attempt 1 failed: exit code 2; the next starts at ${retryAt}`])
  expect(waiting.status?.message).toBe('waiting to try unit again')
  await it.kube.remove(resourceTypes.job, { namespace, name: jobName })
  const run = await it.waitForEnd()
  expect(row(run)).toMatchObject({
    phase: 'Failed',
    reason: 'ExitCode',
    attempt: 2,
    attempts: [{ attempt: 1, jobName }],
  })
  expect(Date.parse(row(run)?.startTime ?? '')).toBeGreaterThanOrEqual(Date.parse(retryAt))
  expect(await listAttempts(it)).toEqual([2])
  expect(new Set(await it.listEvents())).toContain('StepRetrying')
})

test('a Job of a further attempt that somebody deletes is not made again', async () => {
  const it = play({ unit: [{ does: 'exit', code: 2 }, { does: 'hang' }] })
  it.startController()
  await it.createRun([unit({ limit: 5, backoff: '0s' })])
  const { status } = await it.waitForRun((run) => row(run)?.attempt === 2 && row(run)?.reason === 'Running')
  await it.kube.remove(resourceTypes.job, { namespace, name: status?.steps?.[0]?.jobName ?? '' })
  const run = await it.waitForEnd()
  expect(row(run)).toMatchObject({ phase: 'Failed', reason: 'JobDeleted', attempt: 2, attempts: [{ attempt: 1 }] })
})

test('a cancel ends the wait at once', async () => {
  const it = play(failTwice)
  it.startController()
  await it.createRun([unit({ limit: 5, backoff: '1h' }), makeStep('next', 'unit')])
  await it.waitForRun((run) => row(run)?.reason === 'Retrying')
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  const run = await it.waitForEnd()
  expect(run.status?.phase).toBe('Cancelled')
  expect(row(run)).toMatchObject({
    phase: 'Cancelled',
    reason: 'RunCancelled',
    attempts: [{ attempt: 1, exitCode: 2 }],
  })
  expect(row(run)?.retryAt).toBeUndefined()
  expect(await listAttempts(it)).toEqual([1])
})

import { readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../helpers/eventually.ts'
import { runStep } from '../helpers/run-step.ts'
import { type Image, type Running, StepPod, type StepRequest } from '../helpers/step-container.ts'

let pod: StepPod

beforeEach(() => {
  pod = new StepPod()
})

afterEach(async () => {
  await pod.close()
})

const run = (commands: readonly string[], request: StepRequest = {}) => runStep(pod, commands, request)
const readTermination = () => readFileSync(pod.terminationLog, 'utf8')
const images: readonly Image[] = ['dash', 'bash', 'busybox', 'scratch']

function signalIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Whether the driver waits for the shipper to say that it is ready: its traps are set by then. */
function isWaiting(step: Running): boolean {
  try {
    return readlinkSync(`/proc/${step.innerPid}/fd/5`).endsWith('/c8s/alive')
  } catch {
    return false
  }
}

describe('the end of the time', () => {
  const env = { C8S_TIMEOUT_SECONDS: '1', C8S_GRACE_SECONDS: '1' }

  it.each(images)('ends the step with 124, its words and the tail of its log (%s)', async (image) => {
    const started = Date.now()
    const commands = ['trap "echo cleaned; exit 0" TERM', 'echo begun; sleep 100 & wait']
    const { code, lines } = await run(commands, { image, env: { ...env, C8S_GRACE_SECONDS: '10' } })
    expect(code).toBe(124)
    expect(lines).toEqual(['begun', 'cleaned', 'c8s: the step was stopped: it took longer than its timeout of 1s'])
    expect(readTermination()).toBe('c8s: TimedOut')
    expect(Date.now() - started).toBeLessThan(30_000)
  })

  it('kills what does not listen, and what it started', async () => {
    const { code, lines } = await run(["trap '' TERM", 'sleep 100 & sleep 100; echo never'], { env })
    expect(code).toBe(124)
    expect(lines.at(-1)).toContain('timeout of 1s')
    expect(lines).not.toContain('never')
  })

  it('is not reached by a step that ends before', async () => {
    const request = { env: { ...env, C8S_TIMEOUT_SECONDS: '30' } }
    expect(await run(['sleep 0.2; exit 6'], request)).toMatchObject({ code: 6 })
    expect(readTermination()).toBe('')
  }, 20_000)

  it('comes though the shipper died long before', async () => {
    pod.prepare()
    const shipper = pod.startShipper()
    const step = pod.startStep(['echo begun; sleep 100'], { env: { ...env, C8S_TIMEOUT_SECONDS: '2' } })
    await shipper.until('begun\n')
    shipper.child.kill('SIGKILL')
    expect((await step.ended).code).toBe(124)
  })
})

describe('a signal to the container', () => {
  it.each([
    ['SIGTERM', 'TERM'],
    ['SIGINT', 'INT'],
    ['SIGQUIT', 'QUIT'],
  ] as const)('%s reaches all that the commands started, and their last words are kept', async (signal, name) => {
    pod.prepare()
    const shipper = pod.startShipper()
    const inner = `sh -c 'trap "echo inner; exit 0" ${name}; echo ready; while :; do sleep 0.1; done'`
    const step = pod.startStep([`trap "echo outer; exit 5" ${name}`, inner])
    await shipper.until('ready\n')
    process.kill(step.innerPid, signal)
    // Kubelet stops the shipper at the same time.
    shipper.child.kill('SIGTERM')
    expect((await step.ended).code).toBe(5)
    expect((await shipper.ended).raw).toMatch(/\ninner\nouter\n$/)
  })

  // The moment is short: of twenty, four to seven met it before this was right.
  it.each(Array.from({ length: 20 }, (_, i) => i))(
    'that comes while the commands end changes nothing about their exit code (%i)',
    async () => {
      pod.prepare()
      const shipper = pod.startShipper()
      const step = pod.startStep(["trap '' TERM", 'echo begun; sleep 0.1; exit 5'])
      await shipper.until('begun\n')
      const { innerPid } = step
      const storm = setInterval(() => {
        for (let i = 0; i < 4; i++) signalIfThere(innerPid)
      }, 0)
      const { code } = await step.ended.finally(() => clearInterval(storm))
      expect(code).toBe(5)
    },
  )

  it('that is not listened to is followed by SIGKILL after the grace', async () => {
    pod.prepare()
    const shipper = pod.startShipper()
    const step = pod.startStep(["trap '' TERM", 'echo begun; while :; do sleep 0.1; done'], {
      env: { C8S_GRACE_SECONDS: '1' },
    })
    await shipper.until('begun\n')
    process.kill(step.innerPid, 'SIGTERM')
    expect((await step.ended).code).toBe(137)
  })

  it('before the shipper is there ends the step at once', async () => {
    pod.prepare()
    const step = pod.startStep(['echo never'])
    await eventually('the wait for the shipper', async () => isWaiting(step) || undefined, 20)
    process.kill(step.innerPid, 'SIGTERM')
    expect(await step.ended).toMatchObject({ code: 143, raw: '' })
  })

  it('SIGKILL leaves every line that was written', async () => {
    pod.prepare()
    const shipper = pod.startShipper()
    const step = pod.startStep(['seq 1 100000; echo begun; sleep 100'])
    await shipper.until('begun\n')
    process.kill(step.innerPid, 'SIGKILL')
    expect((await step.ended).signal ?? (await step.ended).code).toBeTruthy()
    expect(await shipper.ended).toMatchObject({ code: 0, raw: expect.stringMatching(/\n99999\n100000\nbegun\n$/) })
  })
})

import { afterEach, expect, test } from 'vitest'
import { ControllerPlayground, makeStep, waitFor } from '../../test/helpers/controller-playground.ts'
import { defaultSettings } from '../engine/snapshot.ts'
import { systemClock } from '../kube/system-clock.ts'
import { systemTimers } from '../kube/timers.ts'
import { createController } from './controller.ts'
import type { CreatePart, PartInputs } from './parts.ts'

const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

function play(): ControllerPlayground {
  const playground = new ControllerPlayground()
  open.push(playground)
  return playground
}

/** Notes what happens to it. */
function makePart(story: string[]): { create: CreatePart; inputs: PartInputs[] } {
  const inputs: PartInputs[] = []
  return {
    inputs,
    create: (given) => {
      inputs.push(given)
      story.push('created')
      return {
        start: () => story.push(`started with ${given.caches.runs.list().length} runs`),
        stop: async () => {
          await Promise.resolve()
          story.push('stopped')
        },
      }
    },
  }
}

test('a part starts once the controller leads and its caches are filled, and stops with it', async () => {
  const it = play()
  await it.createRun([makeStep('lint')])
  const story: string[] = []
  const part = makePart(story)
  const controller = it.startController(it.kube, [part.create])
  expect(story).toEqual(['created'])
  await waitFor(async () => (story.length > 1 ? story : undefined))
  await controller.stop()
  expect(story).toEqual(['created', 'started with 1 runs', 'stopped'])
  expect(part.inputs[0]?.caches.runs).toBe(controller.caches.runs)
})

test('on a process that never leads it never starts, and readiness does not wait for it', async () => {
  const it = play()
  const story: string[] = []
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const controller = createController({
    api: it.kube,
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log,
    parts: [makePart(story).create],
  })
  controller.start()
  await waitFor(async () => (controller.isReady() ? true : undefined))
  await controller.stop()
  expect(story).toEqual(['created', 'stopped'])
})

test('one that is stopped before its caches are filled does not start late', async () => {
  const it = play()
  const story: string[] = []
  const controller = it.startController(it.kube, [makePart(story).create])
  await controller.stop()
  await new Promise((resolve) => setImmediate(resolve))
  expect(story).toEqual(['created', 'stopped'])
})

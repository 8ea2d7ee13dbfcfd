import { expect, test } from 'vitest'
import { aTemplate, plainFacts } from '../../test/helpers/injection.ts'
import { readStepEnvironment } from '../../test/helpers/step-environment.ts'
import { covers } from './covers.ts'
import { injectTemplate } from './inject.ts'
import type { InjectionFacts } from './injection.ts'

const description = { CI: 'true', BRANCH: 'main', TAG: 'it costs $5', C8S_RUN: 'r' }

function inject(facts: Partial<InjectionFacts>, template = aTemplate()) {
  const { containers } = injectTemplate(template, { ...plainFacts, description, environment: [], ...facts }).spec
  const step = containers.find(({ name }) => name === 'step')
  if (step === undefined) throw new Error('the step is gone')
  return step
}

const driver = { C8S_TIMEOUT_SECONDS: '1800', C8S_GRACE_SECONDS: '30' }

test('what describes the run comes in one variable', () => {
  const step = inject({})
  expect(step.env?.map(({ name }) => name)).toEqual(['C8S_DESCRIPTION'])
  expect(readStepEnvironment(step)).toEqual({ ...description, ...driver })
})

test("the step's own variables and Secrets rule, though the driver sets its own after them", () => {
  const step = inject({
    stepEnvironment: [{ name: 'BRANCH', value: 'other' }],
    secrets: [{ secretRef: 's', key: 'TAG' }],
  })
  expect(step.env?.map(({ name }) => name)).toEqual(['C8S_DESCRIPTION', 'BRANCH', 'TAG'])
  expect(step.env?.[0]?.value).not.toMatch(/BRANCH|TAG/)
  expect(readStepEnvironment(step)).toMatchObject({ CI: 'true', BRANCH: 'other' })
})

test('what the driver evaluates is ours, whatever the container came with: the last look misses no change of it', () => {
  const template = aTemplate()
  const [container, ...others] = template.spec.containers
  if (container === undefined) throw new Error('a template has a container')
  const env = [{ name: 'C8S_DESCRIPTION', value: 'C8S_TIMEOUT_SECONDS=9999' }]
  const changed = { ...template, spec: { ...template.spec, containers: [{ ...container, env }, ...others] } }
  const injected = inject({}, changed)
  expect(covers([{ ...injected, env }], [injected])).toBe(false)
  expect(readStepEnvironment(injected)).toMatchObject({ C8S_TIMEOUT_SECONDS: '1800' })
})

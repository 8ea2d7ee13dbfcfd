import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import { freezePlan } from './plan.ts'
import {
  findPlannedStep,
  listFinallySteps,
  listLegNames,
  listMainSteps,
  listPlannedSteps,
  listStepOrder,
} from './planned-steps.ts'

const step = (name: string, more: Partial<Step> = {}): Step => ({ name, image: 'busybox', commands: ['true'], ...more })
const freeze = (spec: Partial<PipelineSpec>, run: Partial<NonNullable<Parameters<typeof freezePlan>[1]>['run']> = {}) =>
  freezePlan(
    { repository: 'https://git.example/r', steps: [step('a')], ...spec },
    { run: { name: 'r', commit: 'c', ...run } },
  )
const needsOf = (plan: ReturnType<typeof freeze>) =>
  Object.fromEntries(listPlannedSteps(plan).map(({ name, dependsOn = [] }) => [name, dependsOn]))

describe('planned steps', () => {
  it('are the steps themselves where there is no matrix', () => {
    const plan = freeze({ steps: [step('a'), step('b', { dependsOn: ['a'] })], finally: [step('z')] })
    expect(listMainSteps(plan)).toEqual(plan.steps)
    expect(listFinallySteps(plan)).toEqual(plan.finally)
  })

  it('are the legs, each with its values', () => {
    const plan = freeze({ steps: [step('t', { matrix: { dimensions: { node: ['22', '24'] }, maxParallel: 1 } })] })
    expect(listMainSteps(plan)).toMatchObject([
      { name: 't-22', of: 't', values: { node: '22' }, matrix: { maxParallel: 1 }, commands: ['true'] },
      { name: 't-24', of: 't', values: { node: '24' } },
    ])
    expect(listMainSteps(plan)[0]).not.toHaveProperty('legs')
    expect(findPlannedStep(plan, 't-24')).toMatchObject({ isFinally: false, step: { name: 't-24' } })
    expect(findPlannedStep(plan, 't')).toBeUndefined()
    expect(listLegNames(plan, 't')).toEqual(['t-22', 't-24'])
  })

  it('wait for all legs of what they depend on', () => {
    const matrix = { dimensions: { node: ['22', '24'] } }
    const plan = freeze({ steps: [step('t', { matrix }), step('b', { dependsOn: ['t', 'l'] }), step('l')] })
    expect(needsOf(plan)).toEqual({ 't-22': [], 't-24': [], b: ['t-22', 't-24', 'l'], l: [] })
  })

  it("wait for those of their own combination of the pipeline's matrix, whatever their own matrix", () => {
    const plan = freeze({
      matrix: { dimensions: { node: ['22', '24'] } },
      steps: [
        step('build'),
        step('test', { dependsOn: ['build'], matrix: { dimensions: { os: ['a', 'b'] } } }),
        step('pack', { dependsOn: ['test'] }),
      ],
      finally: [step('z')],
    })
    expect(needsOf(plan)).toEqual({
      'build-22': [],
      'build-24': [],
      'test-22-a': ['build-22'],
      'test-22-b': ['build-22'],
      'test-24-a': ['build-24'],
      'test-24-b': ['build-24'],
      'pack-22': ['test-22-a', 'test-22-b'],
      'pack-24': ['test-24-a', 'test-24-b'],
      z: [],
    })
    expect(plan.matrixDimensions).toEqual(['node'])
  })

  it("take maxParallel and failFast of the pipeline's matrix where they say nothing themselves", () => {
    const plan = freeze({
      matrix: { dimensions: { node: ['22'] }, maxParallel: 2, failFast: true },
      steps: [step('a'), step('b', { matrix: { dimensions: { os: ['x'] }, failFast: false } })],
    })
    expect(listMainSteps(plan).map(({ matrix }) => matrix)).toEqual([
      { maxParallel: 2, failFast: true },
      { maxParallel: 2, failFast: false },
    ])
  })

  it('keep a need that is not there, for who looks for faults', () => {
    expect(needsOf(freeze({ steps: [step('b', { dependsOn: ['none'] })] }))).toEqual({ b: ['none'] })
  })

  it('are made once for a plan', () => {
    const plan = freeze({ steps: [step('t', { matrix: { dimensions: { node: ['22'] } } })] })
    expect(listPlannedSteps(plan)).toBe(listPlannedSteps(plan))
  })
})

describe('what is filled in', () => {
  const params = [{ name: 'base', default: 'slim' }, { name: 'who' }]
  const filled: Step = step('t', {
    image: '$(params.base)/node:$(matrix.node)',
    commands: ['echo "$PARAM_WHO"'],
    env: [
      { name: 'A', value: '$(params.who)-$(matrix.node)' },
      { name: 'B', value: 'as it is: $(OTHER) $(params.none) $$ $(matrix.node' },
    ],
    services: [
      {
        name: 's',
        image: 'db:$(matrix.node)',
        command: ['$(params.who)'],
        args: ['-c', '$(params.who)'],
        env: [{ name: 'C', value: '$(params.base)' }],
      },
    ],
    matrix: { dimensions: { node: ['22'] } },
  })

  it('is the values of the run and of the leg, once', () => {
    const plan = freeze({ params, steps: [filled] }, { params: { who: '$(matrix.node) $& $1' } })
    expect(listMainSteps(plan)[0]).toMatchObject({
      image: 'slim/node:22',
      commands: ['echo "$PARAM_WHO"'],
      env: [
        { name: 'A', value: '$(matrix.node) $& $1-22' },
        { name: 'B', value: 'as it is: $(OTHER) $(params.none) $$ $(matrix.node' },
      ],
      services: [
        { image: 'db:22', command: ['$(params.who)'], args: ['-c', '$(matrix.node) $& $1'], env: [{ value: 'slim' }] },
      ],
    })
    expect(plan.params).toEqual({ base: 'slim', who: '$(matrix.node) $& $1' })
    expect(plan.steps[0]?.image).toBe('$(params.base)/node:$(matrix.node)')
  })

  it('is also the params of a call', () => {
    const call = { name: 'c', pipeline: { configRef: 'other', params: { to: '$(params.who)', literal: 'x' } } }
    const plan = freeze({ params, steps: [call] }, { params: { who: 'me' } })
    expect(listMainSteps(plan)[0]?.pipeline?.params).toEqual({ to: 'me', literal: 'x' })
  })

  it('knows no param that the pipeline does not have', () => {
    expect(freeze({ params }, { params: { who: 'me', other: 'x', __proto__: 'y' } }).params).toEqual({
      base: 'slim',
      who: 'me',
    })
    expect(freeze({}, { params: { who: 'me' } })).not.toHaveProperty('params')
  })
})

describe('a thousand legs', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `value-${index}`)
  const dimensions = { node: values(10), os: values(25) }
  const steps = [0, 1, 2, 3].map((index) =>
    step(`step-${index}`, {
      image: 'node:$(matrix.node)',
      env: [{ name: 'A', value: '$(params.who) $(matrix.os)' }],
      matrix: { dimensions },
      ...(index === 0 ? {} : { dependsOn: [`step-${index - 1}`] }),
    }),
  )
  const plan = freeze({ steps, params: [{ name: 'who', default: 'me' }] })

  it('are in a plan that is well below 256 KiB', () => {
    expect(listPlannedSteps(plan)).toHaveLength(1000)
    expect(JSON.stringify(plan).length).toBeLessThan(150 * 1024)
  })

  it('share their needs, so that nothing grows with the square of them', () => {
    const legs = listMainSteps(plan).filter(({ of }) => of === 'step-1')
    expect(new Set(legs.map(({ dependsOn }) => dependsOn)).size).toBe(1)
    expect(legs[0]?.dependsOn).toHaveLength(250)
  })
})

test('an order of the planned steps has each behind what it depends on', () => {
  const dimension = fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 3 })
  const own = fc.option(fc.record({ dimensions: fc.record({ os: dimension }) }), { nil: undefined })
  const steps = fc.array(fc.record({ matrix: own, needs: fc.array(fc.nat(4), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  const around = fc.option(fc.record({ dimensions: fc.record({ node: dimension }) }), { nil: undefined })
  fc.assert(
    fc.property(steps, around, (made, matrix) => {
      const list = made.map(({ matrix: found, needs }, index) =>
        step(`s${index}`, {
          dependsOn: [...new Set(needs)].filter((need) => need < index).map((need) => `s${need}`),
          ...(found === undefined ? {} : { matrix: found }),
        }),
      )
      const plan = freeze({ steps: list, ...(matrix === undefined ? {} : { matrix }) })
      const order = listStepOrder(plan)
      const place = new Map(order.map((name, index) => [name, index]))
      expect(order.toSorted()).toEqual(
        listPlannedSteps(plan)
          .map(({ name }) => name)
          .toSorted(),
      )
      for (const planned of listPlannedSteps(plan)) {
        const needs = planned.dependsOn ?? []
        for (const need of needs) expect(place.get(need)).toBeLessThan(place.get(planned.name) ?? -1)
        for (const of of list.find(({ name }) => name === (planned.of ?? planned.name))?.dependsOn ?? []) {
          const wanted = listMainSteps(plan).filter(
            (leg) =>
              (leg.of ?? leg.name) === of &&
              (matrix === undefined || leg.values?.['node'] === planned.values?.['node']),
          )
          expect(needs).toEqual(expect.arrayContaining(wanted.map(({ name }) => name)))
          expect(wanted.length).toBeGreaterThan(0)
        }
      }
    }),
  )
})

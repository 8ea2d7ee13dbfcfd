import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { freezePlan } from '../../crds/plan.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { EnvVar } from '../../src/lib/kubernetes.ts'
import { someSettings, testTime } from '../../test/helpers/admission.ts'
import { aPipeline, aRun } from '../../test/helpers/admission-objects.ts'
import { createFacts } from '../facts.ts'
import { injectTemplate } from '../inject/inject.ts'
import { toStepFacts } from './step-job.ts'

/** What kubelet makes of a value: https://pkg.go.dev/k8s.io/kubernetes/third_party/forked/golang/expansion */
function expand(text: string, before: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : (before.get(name) ?? whole),
  )
}

/** The environment as the process has it: each value may name variables before it. */
function readEnvironment(env: readonly EnvVar[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>()
  for (const { name, value = '' } of env) known.set(name, expand(value, known))
  return known
}

const commands = ['printf %s "$PARAM_TEXT$MATRIX_OS_NAME$OWN"']

/** The environment and the commands of the one leg's container, from the run to the container. */
function runLeg(text: string, os: string) {
  const pipeline = aPipeline({
    params: [{ name: 'text' }],
    steps: [
      {
        name: 'test',
        image: 'busybox',
        commands,
        env: [{ name: 'OWN', value: '<$(params.text)|$(matrix.os-name)>' }],
        matrix: { dimensions: { 'os-name': [os] } },
      },
    ],
  })
  const plan = freezePlan(pipeline, { run: { name: 'r', commit: 'c', params: { text } } })
  const run: PipelineRun = aRun({ plan })
  const [step] = listPlannedSteps(plan)
  if (step === undefined) throw new Error('there is no leg')
  const job = renderJob({ run, step, attempt: 1, ttlSeconds: 60 })
  const injection = toStepFacts(job, { run, plan, step }, createFacts(testTime, someSettings))
  if (job.spec === undefined) throw new Error('the Job has no spec')
  const { containers } = injectTemplate(job.spec.template, injection).spec
  const { env = [], args = [] } = containers.find(({ name }) => name === 'step') ?? {}
  const known = readEnvironment(env)
  return { env: known, args: args.map((arg) => expand(arg, known)) }
}

const piece = fc.constantFrom(
  '$',
  '$$',
  '$(params.text)',
  '$(OWN)',
  '$(id)',
  '`id`',
  '"',
  "'",
  '\\',
  '\n',
  ' ',
  ';',
  '*',
  'a',
  'é',
  '$PATH',
)
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !/[\0\p{Cs}]/u.test(text)),
)

test('any value of a param or dimension reaches the container as it is', () => {
  fc.assert(
    fc.property(hostile, hostile, (text, os) => {
      const { env, args } = runLeg(text, os)
      expect(env.get('PARAM_TEXT')).toBe(text)
      expect(env.get('MATRIX_OS_NAME')).toBe(os)
      expect(env.get('OWN')).toBe(`<${text}|${os}>`)
      expect(args).toEqual(commands)
    }),
  )
})

test('a shell reads no part of a value as a command', () => {
  fc.assert(
    fc.property(hostile, hostile, (text, os) => {
      const { env, args } = runLeg(text, os)
      const given = Object.fromEntries(
        ['PARAM_TEXT', 'MATRIX_OS_NAME', 'OWN'].map((name) => [name, env.get(name) ?? '']),
      )
      const output = execFileSync('/bin/sh', ['-c', args.join('\n')], { env: { PATH: '/usr/bin:/bin', ...given } })
      expect(output.toString()).toBe(`${text}${os}<${text}|${os}>`)
    }),
    { numRuns: 60 },
  )
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderError, renderErrors, type Verdict } from '../src/lib/field-error.ts'
import { badMeanings } from '../test/helpers/manifests/bad-meanings.ts'
import { badShapes } from '../test/helpers/manifests/bad-shapes.ts'
import { goodManifests } from '../test/helpers/manifests/good.ts'
import {
  config,
  configWithStep,
  connection,
  inlineRun,
  pipeline,
  renderManifest,
  run,
  step,
} from '../test/helpers/manifests/manifest.ts'
import { createValidators } from './validate.ts'

const validators = createValidators()

function judge(text: string, old?: string): Verdict {
  const object: unknown = JSON.parse(text)
  const before: unknown = old === undefined ? undefined : JSON.parse(old)
  const kind = (object as { kind: string }).kind
  if (kind === 'PipelineRun') return validators.validatePipelineRun(object, before)
  if (kind === 'RepositoryConnection') return validators.validateRepositoryConnection(object, before)
  return validators.validatePipelineConfig(object, before)
}

const badManifests = [...badShapes, ...badMeanings]

describe('bad manifests', () => {
  it('are at least 100, each with a name of its own', () => {
    expect(badManifests.length).toBeGreaterThanOrEqual(100)
    expect(new Set(badManifests.map(({ name }) => name)).size).toBe(badManifests.length)
  })

  it.each(badManifests)('$name', ({ text, path, code }) => {
    const [first] = judge(text).errors
    expect({ path: first?.path, code: first?.code }).toEqual({ path, code })
  })

  it.each(badManifests)('$name: told in one line without the credential', ({ text }) => {
    for (const line of renderErrors(judge(text).errors)) {
      expect(line).not.toMatch(/hunter2|ghp_0123456789|\n/)
      expect(line.length).toBeLessThan(1000)
    }
  })
})

describe('good manifests', () => {
  it('are at least 30', () => {
    expect(goodManifests.length).toBeGreaterThanOrEqual(30)
  })

  it.each(goodManifests)('$name', ({ text }) => {
    expect(judge(text).errors).toEqual([])
  })
})

describe('what is said', () => {
  it.each([
    [
      'a duration in words',
      configWithStep({ timeout: '5 minutes' }),
      'spec.steps[0].timeout: Invalid: "5 minutes" is not a duration such as 90s or 1h30m',
    ],
    [
      'a number for text',
      configWithStep({ image: 1.21 }),
      'spec.steps[0].image: Invalid: must be text, not the number 1.21 (put it in quotes)',
    ],
    [
      'a field left out',
      configWithStep({ image: undefined }),
      'spec.steps[0].image: Required: must be given (Container image the step runs in. It needs no shell)',
    ],
    [
      'a mistyped choice',
      connection({ provider: 'githubb' }),
      'spec.provider: Invalid: "githubb" is not one of github, gitlab, bitbucket, gitea, generic (did you mean github?)',
    ],
    [
      'a mistyped need',
      config({ steps: [step(), step({ name: 'build', dependsOn: ['tset'] })] }),
      'spec.steps[1].dependsOn[0]: UnknownStep: there is no step "tset" (did you mean test?)',
    ],
    [
      'a whole cycle',
      config({ steps: [step({ dependsOn: ['build'] }), step({ name: 'build', dependsOn: ['test'] })] }),
      'spec.steps[0].dependsOn[0]: Cycle: the steps depend on each other in a circle: test → build → test',
    ],
    [
      'a doubled name',
      config({ steps: [step(), step()] }),
      'spec.steps[1].name: Duplicate: "test" is the name of spec.steps[0] already',
    ],
    [
      'thousandths of a byte',
      configWithStep({ resources: { memory: '512m' } }),
      'spec.steps[0].resources.memory: Invalid: "512m" is too little for any container, at least 4Mi is needed (m means thousandths: did you mean 512Mi?)',
    ],
    [
      'a value of a variable is never shown',
      configWithStep({ env: [{ name: 'TOKEN', value: 12_345 }] }),
      'spec.steps[0].env[0].value: Invalid: must be text, not a number (put it in quotes)',
    ],
  ])('%s', (_, text, want) => {
    expect(renderErrors(judge(text).errors)).toEqual([want])
  })

  it('names all problems at once, those of the schema and those across fields', () => {
    const text = config({
      repository: 'https://user:hunter2@git.example/app',
      timeout: '0s',
      steps: [
        step({ name: 'A' }),
        5,
        step({ name: 'b', dependsOn: ['c'] }),
        step({ name: 'c', dependsOn: ['b'], image: undefined }),
      ],
    })
    expect(
      judge(text)
        .errors.map(({ path, code }) => `${path} ${code}`)
        .sort(),
    ).toEqual([
      'spec.repository Invalid',
      'spec.steps[0].name Invalid',
      'spec.steps[1] Invalid',
      'spec.steps[2].dependsOn[0] Cycle',
      'spec.steps[3].image Required',
      'spec.timeout Invalid',
    ])
  })

  it('names two cycles and an unknown need in one answer', () => {
    const steps = [
      step({ name: 'a', dependsOn: ['b'] }),
      step({ name: 'b', dependsOn: ['a'] }),
      step({ name: 'c', dependsOn: ['c', 'x'] }),
    ]
    expect(judge(config({ steps })).errors.map(({ code }) => code)).toEqual(['UnknownStep', 'Cycle', 'Cycle'])
  })
})

describe('warnings', () => {
  it.each([
    [
      'an unknown field',
      configWithStep({ dependson: ['a'] }),
      'spec.steps[0].dependson: UnknownField: there is no such field (did you mean dependsOn?)',
    ],
    ['an unknown field far from any', config({ volumes: [] }), 'spec.volumes: UnknownField: there is no such field'],
    [
      'artifacts',
      configWithStep({ artifacts: ['x'] }),
      'spec.steps[0].artifacts: Unsupported: this version of c8s keeps no artifacts yet: the files are lost with the pod',
    ],
    [
      'a param that the events of a config give no value',
      config({ triggers: { push: {} }, params: [{ name: 'version' }] }),
      'spec.params[0].default: Required: the param "version" needs a default: a run that an event starts gives it no value',
    ],
    [
      'a run that ends before its steps',
      config({ timeout: '10m' }),
      'spec.timeout: TimeoutTooShort: 10m is shorter than the 30m that the longest chain of steps may take',
    ],
    [
      'a variable of c8s replaced',
      configWithStep({ env: [{ name: 'CI', value: 'no' }] }),
      'spec.steps[0].env[0].name: Reserved: replaces the CI that c8s gives every step',
    ],
    [
      'a need named twice',
      config({ steps: [step(), step({ name: 'b', dependsOn: ['test', 'test'] })] }),
      'spec.steps[1].dependsOn[1]: Duplicate: test is named twice',
    ],
    [
      'a credential over http',
      connection({ repository: 'http://h/a', authSecretRef: 's' }),
      'spec.repository: Insecure: the credential of authSecretRef would travel unencrypted (use https or ssh)',
    ],
    [
      'an API over http',
      connection({ apiURL: 'http://h/api', authSecretRef: 's' }),
      'spec.apiURL: Insecure: the credential of authSecretRef would travel unencrypted (use https)',
    ],
    [
      'history of a run',
      inlineRun({ history: { successful: 3 } }),
      'spec.pipelineSpec.history: Unsupported: has no meaning in a run that somebody makes: it stays until somebody deletes it (put it into a PipelineConfig or the .c8s.yaml of the repository)',
    ],
    [
      'triggers of a run',
      inlineRun({ triggers: { push: {} } }),
      'spec.pipelineSpec.triggers: Unsupported: has no meaning in a run: what stands here starts nothing (put it into a PipelineConfig or the .c8s.yaml of the repository)',
    ],
    [
      'an inline pipeline',
      inlineRun({ steps: [step({ artifacts: ['x'] })] }),
      'spec.pipelineSpec.steps[0].artifacts: Unsupported: this version of c8s keeps no artifacts yet: the files are lost with the pod',
    ],
  ])('%s', (_, text, want) => {
    const { errors, warnings } = judge(text)
    expect(errors).toEqual([])
    expect(warnings.map(renderError)).toEqual([want])
  })
})

describe('objects that are none of ours', () => {
  const good = JSON.parse(config({})) as object
  it.each([
    ['nothing', undefined, 'Malformed: must be a map of fields, not empty'],
    ['null', null, 'Malformed: must be a map of fields, not empty'],
    ['a list', [good], 'Malformed: must be a map of fields, not a list'],
    ['text', 'x', 'Malformed: must be a map of fields, not "x"'],
    ['another kind', { ...good, kind: 'Pod' }, 'kind: Invalid: must be PipelineConfig, not "Pod"'],
    ['another version', { ...good, apiVersion: 'v1' }, 'apiVersion: Invalid: must be c8s.dev/v1alpha1, not "v1"'],
    ['a kind that is a map', { ...good, kind: {} }, 'kind: Invalid: must be PipelineConfig, not a object'],
    [
      '__proto__',
      JSON.parse('{"spec":{"__proto__":{"steps":[]}}}'),
      'Malformed: holds a field named __proto__, which is not allowed',
    ],
    [
      '300,000 values',
      { ...good, spec: { steps: Array.from({ length: 300_000 }, () => 1) } },
      'TooLarge: holds more than 250000 values',
    ],
  ])('%s', (_, object: unknown, want) => {
    expect(renderErrors(validators.validatePipelineConfig(object).errors)).toEqual([want])
  })

  it('100,000 levels of nesting', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as unknown
    expect(renderErrors(validators.validatePipelineConfig(deep).errors)).toEqual([
      'TooLarge: is nested deeper than 64 levels',
    ])
  })

  it('never throws and never changes Object.prototype, whatever is given', () => {
    const anySpec = fc.record({
      apiVersion: fc.constant('c8s.dev/v1alpha1'),
      kind: fc.constantFrom('PipelineConfig', 'PipelineRun', 'RepositoryConnection'),
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
    })
    fc.assert(
      fc.property(anySpec, anySpec, (object, old) => {
        judge(JSON.stringify(object), JSON.stringify({ ...old, kind: object.kind }))
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
    )
  })
})

describe('time', () => {
  it.each([
    [
      'a chain',
      Array.from({ length: 1000 }, (_, index) => step({ name: `s${index}`, dependsOn: [`s${(index + 1) % 1000}`] })),
    ],
    [
      'everything on everything unknown',
      Array.from({ length: 300 }, (_, index) =>
        step({ name: `s${index}`, dependsOn: Array.from({ length: 100 }, (_unused, need) => `x${need}`) }),
      ),
    ],
  ])('%s of mistakes is answered within a second', (_, steps) => {
    const start = performance.now()
    expect(judge(config({ steps })).errors.length).toBeGreaterThan(0)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

describe('a .c8s.yaml', () => {
  const file = { version: 'v1alpha1', name: 'app', steps: [step()] }
  it.each<[string, object, readonly string[]]>([
    ['sound', file, []],
    ['no version', { ...file, version: undefined }, ['version: Required: must be given (Version of the format)']],
    ['a wrong version', { ...file, version: 'v2' }, ['version: Invalid: "v2" is not one of v1alpha1']],
    ['a repository', { ...file, repository: 'https://h/a' }, ['repository: UnknownField: there is no such field']],
    [
      'an unknown field is an error',
      { ...file, step: [] },
      ['step: UnknownField: there is no such field (did you mean steps?)'],
    ],
    [
      'a cycle',
      { ...file, steps: [step({ dependsOn: ['test'] })] },
      ['steps[0].dependsOn[0]: Cycle: test depends on itself: test → test'],
    ],
    [
      'a doubled final name',
      { ...file, finally: [step()] },
      ['finally[0].name: Duplicate: "test" is the name of steps[0] already'],
    ],
    ['a wrong timeout', { ...file, timeout: '0s' }, ['timeout: Invalid: must be longer than 0s']],
    ['triggers and a concurrency group', { ...file, triggers: { push: {}, pullRequest: {} }, concurrency: {} }, []],
    [
      'schedules',
      { ...file, triggers: { schedules: [{ cron: '@daily' }] } },
      [
        'triggers.schedules: Unsupported: a file in the repository starts nothing by the clock (put a PipelineConfig with these schedules into the cluster)',
      ],
    ],
  ])('%s', (_, object, want) => {
    const json = JSON.parse(JSON.stringify(object)) as unknown
    expect(renderErrors(validators.validateRepositoryFile(json).errors)).toEqual(want)
  })
})

describe('updates', () => {
  it.each<{ name: string; text: string; old: string; want: string[] }>([
    {
      name: 'a spec that was bad already is let through',
      text: configWithStep({ timeout: '0s' }),
      old: configWithStep({ timeout: '0s' }),
      want: [],
    },
    {
      name: 'a spec that turns bad is not',
      text: configWithStep({ timeout: '0s' }),
      old: config({}),
      want: ['spec.steps[0].timeout Invalid'],
    },
    { name: 'a run is cancelled', text: run({ cancel: true }), old: run({}), want: [] },
    { name: 'a run is cancelled after false', text: run({ cancel: true }), old: run({ cancel: false }), want: [] },
    {
      name: 'a run is not resumed',
      text: run({ cancel: false }),
      old: run({ cancel: true }),
      want: ['spec.cancel Immutable'],
    },
    {
      name: 'a commit does not change',
      text: run({ commit: 'abc1234' }),
      old: run({}),
      want: ['spec.commit Immutable'],
    },
    { name: 'a branch is not added', text: run({ branch: 'main' }), old: run({}), want: ['spec.branch Immutable'] },
    {
      name: 'an inline pipeline does not change',
      text: inlineRun({ timeout: '1h' }),
      old: inlineRun({}),
      want: ['spec.pipelineSpec Immutable'],
    },
    {
      name: 'who asked does not change',
      text: run({ triggeredBy: 'b' }),
      old: run({ triggeredBy: 'a' }),
      want: ['spec.triggeredBy Immutable'],
    },
  ])('$name', ({ text, old, want }) => {
    expect(judge(text, old).errors.map(({ path, code }) => `${path} ${code}`)).toEqual(want)
  })

  it('lets an object go that is being deleted', () => {
    const going = JSON.stringify({
      ...(JSON.parse(config({ steps: [] })) as object),
      metadata: { name: 'x', deletionTimestamp: 'now' },
    })
    expect(judge(going, renderManifest('PipelineConfig', pipeline()))).toEqual({ errors: [], warnings: [] })
  })
})

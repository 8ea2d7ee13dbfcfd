import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/lib/field-error.ts'
import type { Param } from '../parts/params.ts'
import type { Step } from '../parts/step.ts'
import { fileRules, pipelineRules, pipelineWarnings } from '../pipeline-config.rules.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { judgeInputs, type RunInputs } from './run-inputs.ts'

const step = (more: Partial<Step> = {}): Step => ({
  name: 'test',
  image: 'busybox',
  commands: ['c'],
  clone: false,
  ...more,
})
const spec = (more: Partial<PipelineSpec> = {}): PipelineSpec => ({
  repository: 'https://git.example/r',
  steps: [step()],
  ...more,
})
const judge = (more: Partial<PipelineSpec>) =>
  pipelineRules.flatMap((rule) => rule(spec(more), 'spec')).map(renderError)
const warn = (more: Partial<PipelineSpec>) =>
  pipelineWarnings.flatMap((rule) => rule(spec(more), 'spec')).map(renderError)
const give = (more: Partial<PipelineSpec>, inputs: RunInputs) =>
  judgeInputs(spec(more), inputs, { run: 'spec', pipeline: 'spec.pipelineSpec' }).map(renderError)

describe('the params of a pipeline', () => {
  it.each<Param>([
    { name: 'version' },
    { name: 'version', default: '' },
    { name: 'count', type: 'number', default: '-1.5e3', enum: ['0', '-1.5e3'] },
    { name: 'deploy', type: 'boolean', default: 'false' },
    { name: 'to', enum: ['staging', 'production'] },
  ])('may be %o', (param) => {
    expect(judge({ params: [param] })).toEqual([])
  })

  it.each<[Param, string]>([
    [{ name: 'n', type: 'number', default: 'three' }, 'default: Invalid: must be a number such as 3, -1.5 or 1e6'],
    [{ name: 'n', type: 'number', default: '' }, 'default: Invalid: must be a number such as 3, -1.5 or 1e6'],
    [{ name: 'n', type: 'number', default: '007' }, 'default: Invalid: must be a number such as 3, -1.5 or 1e6'],
    [{ name: 'n', type: 'number', enum: ['1', '0x2'] }, 'enum[1]: Invalid: must be a number such as 3, -1.5 or 1e6'],
    [{ name: 'b', type: 'boolean', default: 'yes' }, 'default: Invalid: must be true or false'],
    [{ name: 't', default: 'a\0b' }, 'default: Invalid: must be text without NUL characters'],
    [
      { name: 'to', enum: ['staging', 'production'], default: 'stagin' },
      'default: Invalid: must be one of "staging", "production" (did you mean staging?)',
    ],
    [{ name: 'to', enum: ['one'], default: 'other' }, 'default: Invalid: must be "one"'],
  ])('may not be %o', (param, message) => {
    expect(judge({ params: [param] })).toEqual([`spec.params[0].${message}`])
  })

  it('may not be larger than a run can carry twice', () => {
    const params = Array.from({ length: 20 }, (_, index) => ({ name: `p${index}`, default: 'x'.repeat(4096) }))
    expect(judge({ params })).toEqual(['spec.params: TooLarge: the values take 81920 bytes, at most 65536 are allowed'])
  })

  it('of a file need a default, since events give no values', () => {
    const errors = fileRules.flatMap((rule) => rule(spec({ params: [{ name: 'a', default: '1' }, { name: 'b' }] }), ''))
    expect(errors.map(renderError)).toEqual([
      'params[1].default: Required: the param "b" needs a default: a run that an event starts gives it no value',
    ])
  })
})

describe('the values of a run', () => {
  const params: Param[] = [
    { name: 'version', description: 'what to release' },
    { name: 'level', enum: ['quick', 'full'], default: 'quick' },
    { name: 'count', type: 'number', default: '1' },
  ]

  it.each<RunInputs>([{ params: { version: '1' } }, { params: { version: '', level: 'full', count: '2' } }])(
    '%o are taken',
    (inputs) => {
      expect(give({ params }, inputs)).toEqual([])
    },
  )

  it.each<[RunInputs, string]>([
    [
      {},
      'version]: Required: the pipeline has no default for the param "version" ("what to release"): the run must give a value (or the pipeline a default)',
    ],
    [
      { params: { version: '1', levle: 'full' } },
      'levle]: UnknownParam: the pipeline has no param "levle" (did you mean level?)',
    ],
    [
      { params: { version: '1', zzzzzz: 'full' } },
      'zzzzzz]: UnknownParam: the pipeline has no param "zzzzzz" (it has version, level, count)',
    ],
    [
      { params: { version: '1', level: 'ful' } },
      'level]: Invalid: must be one of "quick", "full" (did you mean full?)',
    ],
    [{ params: { version: '1', count: 'two' } }, 'count]: Invalid: must be a number such as 3, -1.5 or 1e6'],
    [{ params: { version: 'a\0b' } }, 'version]: Invalid: must be text without NUL characters'],
  ])('%o are refused', (inputs, message) => {
    expect(give({ params }, inputs)).toEqual([`spec.params[${message}`])
  })

  it('are refused where the pipeline takes none', () => {
    expect(give({}, { params: { a: 'b' } })).toEqual([
      'spec.params[a]: UnknownParam: the pipeline has no param "a" (it has none)',
    ])
  })
})

describe('the one combination of a run', () => {
  const matrix = { dimensions: { node: ['22', '24'], os: ['a'] } }

  it('is one of those of the matrix', () => {
    expect(give({ matrix }, { matrixIndex: { os: 'a', node: '22' } })).toEqual([])
  })

  it.each<[Partial<PipelineSpec>, Record<string, string>, string]>([
    [{}, { node: '22' }, 'the pipeline has no matrix of its own (leave it out)'],
    [
      { matrix },
      { node: '22' },
      'node="22" is no combination of the pipeline\'s matrix (there are node="22", os="a"; node="24", os="a")',
    ],
    [
      { matrix },
      {},
      'nothing is no combination of the pipeline\'s matrix (there are node="22", os="a"; node="24", os="a")',
    ],
  ])('else it is refused: %o %o', (more, matrixIndex, message) => {
    expect(give(more, { matrixIndex })).toEqual([`spec.matrixIndex: Invalid: ${message}`])
  })
})

describe('placeholders', () => {
  const params = [{ name: 'version', default: '1' }]
  const matrix = { dimensions: { node: ['22'] } }
  const service = { name: 's', image: 'db' }

  it.each<[string, Partial<Step>]>([
    ['image', { image: 'node:$(params.version)' }],
    ['the beginning of image', { image: '$(params.version)/node:$(matrix.node)' }],
    ['env', { env: [{ name: 'A', value: '$(params.version) $(matrix.node) $(HOME) $HOME' }] }],
    ['a service', { services: [{ ...service, image: 'db:$(matrix.node)', args: ['--v=$(params.version)'] }] }],
    ['a call', { pipeline: { configRef: 'x', params: { v: '$(params.version)' } } }],
  ])('are known in %s', (_, more) => {
    const whole = more.pipeline === undefined ? step(more) : { name: 'test', ...more }
    expect(judge({ params, matrix, steps: [whole] })).toEqual([])
  })

  it.each<[Partial<Step>, string]>([
    [
      { image: 'node:$(params.verison)' },
      'image: UnknownParam: "$(params.verison)" stands for nothing: there is no param "verison" (did you mean $(params.version)?)',
    ],
    [
      { env: [{ name: 'A', value: 'x $(matrix.nod)' }] },
      'env[0].value: UnknownParam: "$(matrix.nod)" stands for nothing: there is no dimension of a matrix "nod" (did you mean $(matrix.node)?)',
    ],
    [
      { env: [{ name: 'A', value: '$(params.version' }] },
      'env[0].value: UnknownParam: "$(params." has no end: write $(params.name)',
    ],
    [
      { services: [{ ...service, args: ['$(params.x)'] }] },
      'services[0].args[0]: UnknownParam: "$(params.x)" stands for nothing: there is no param "x"',
    ],
    [
      { commands: ['echo', 'echo $(params.version)'] },
      'commands[1]: Unsupported: "$(params.version)" is not filled in here, so that no value is ever read as a program (write "$PARAM_VERSION")',
    ],
    [
      { commands: ['echo "$(matrix.os-name)"'] },
      'commands[0]: Unsupported: "$(matrix.os-name)" is not filled in here, so that no value is ever read as a program (write "$MATRIX_OS_NAME")',
    ],
    [
      { services: [{ ...service, command: ['sh', '-c', 'db $(params.version)'] }] },
      'services[0].command[2]: Unsupported: "$(params.version)" is not filled in here, so that no value is ever read as a program (give the value to the service as a variable, in its env)',
    ],
    [
      { services: [{ ...service, command: ['/bin/bash', '-c'], args: ['db $(params.version)'] }] },
      'services[0].args[0]: Unsupported: "$(params.version)" is not filled in here, so that no value is ever read as a program (give the value to the service as a variable, in its env)',
    ],
    [
      { services: [{ ...service, args: ['sh', '-c', 'db $(params.version)'] }] },
      'services[0].args[2]: Unsupported: "$(params.version)" is not filled in here, so that no value is ever read as a program (give the value to the service as a variable, in its env)',
    ],
    [
      { services: [{ ...service, ready: { command: ['ping', '$(params.version)'] } }] },
      'services[0].ready.command[1]: Unsupported: "$(params.version)" is not filled in here, so that no value is ever read as a program (give the value to the service as a variable, in its env)',
    ],
    [
      { image: 'Node:$(matrix.node)' },
      'image: Invalid: filled in, "Node:22" is not an image such as golang:1.21 or registry.example.com/team/app:v2',
    ],
  ])('are refused: %o', (more, message) => {
    expect(judge({ params, matrix, steps: [step(more)] })).toEqual([`spec.steps[0].${message}`])
  })

  it("of the pipeline's matrix are nothing to steps of finally", () => {
    const last = step({ name: 'z', env: [{ name: 'A', value: '$(matrix.node)' }] })
    expect(judge({ matrix, finally: [last] })).toEqual([
      'spec.finally[0].env[0].value: UnknownParam: "$(matrix.node)" stands for nothing: there is no dimension of a matrix "node" (the pipeline\'s matrix does not apply to steps of finally)',
    ])
  })

  it('must make an image of every leg and every value', () => {
    const steps = [step({ image: 'node:$(matrix.v)', matrix: { dimensions: { v: ['22', 'not one'] } } })]
    const [error = ''] = judge({ steps })
    expect(error).toContain('spec.steps[0].image: Invalid: filled in, "node:not one" is not an image')
    const image = { params: [{ name: 'image' }], steps: [step({ image: '$(params.image)' })] }
    expect(judge(image)).toEqual([])
    expect(give(image, { params: { image: 'node:22' } })).toEqual([])
    expect(give(image, { params: { image: '-v /:/host' } })).toHaveLength(1)
    expect(give(image, { params: { image: '$(params.image)' } })).toHaveLength(1)
  })

  it('must not make more than a process can be given', () => {
    const many = (text: string, count: number) => Array.from({ length: count }, () => text).join('')
    const big = [{ name: 'a', default: 'x'.repeat(4096) }]
    const [variable = ''] = judge({
      params: big,
      steps: [step({ env: [{ name: 'A', value: many('$(params.a)', 40) }] })],
    })
    expect(variable).toMatch(/^spec\.steps\[0\]\.env\[0\]\.value: TooLarge: takes 163840 bytes when it is filled in/)
    const env = Array.from({ length: 6 }, (_, index) => ({ name: `A${index}`, value: many('$(params.a)', 30) }))
    const [all = ''] = judge({ params: big, steps: [step({ env })] })
    expect(all).toMatch(/^spec\.steps\[0\]\.env: TooLarge: takes \d+ bytes with params and matrix/)
    const legs = Array.from({ length: 256 }, (_, index) => `${index}`)
    const wide = step({ env: env.slice(0, 1), matrix: { dimensions: { v: legs } } })
    expect(judge({ params: big, steps: [wide] }).join()).toMatch(
      /spec\.steps: TooLarge: with params and matrix filled in/,
    )
  })
})

describe('a variable that c8s gives', () => {
  it('may be replaced, with a warning', () => {
    const env = ['PARAM_TO', 'MATRIX_NODE', 'MATRIX_OS', 'PARAM_OTHER'].map((name) => ({ name, value: '' }))
    const more = {
      params: [{ name: 'to', default: '' }],
      matrix: { dimensions: { node: ['1'] } },
      steps: [step({ env, matrix: { dimensions: { os: ['1'] } } })],
      finally: [step({ name: 'z', env })],
    }
    expect(judge(more)).toEqual([])
    expect(warn(more)).toEqual([
      'spec.steps[0].env[0].name: Reserved: replaces the PARAM_TO that c8s gives the step',
      'spec.steps[0].env[1].name: Reserved: replaces the MATRIX_NODE that c8s gives the step',
      'spec.steps[0].env[2].name: Reserved: replaces the MATRIX_OS that c8s gives the step',
      'spec.finally[0].env[0].name: Reserved: replaces the PARAM_TO that c8s gives the step',
    ])
  })
})

import { describe, expect, test } from 'vitest'
import type { Step } from '../parts/step.ts'
import { pipelineRules, pipelineWarnings } from '../pipeline-config.rules.ts'
import type { PipelineSpec } from '../pipeline-config.ts'

const build: Step = { name: 'build', image: 'node:24', commands: ['make'] }
const ask = (more: Partial<Step> = {}): Step => ({ name: 'ask', approval: {}, ...more })
const call = (more: Partial<Step> = {}): Step => ({ name: 'deploy', pipeline: { configRef: 'deploy' }, ...more })

function judge(steps: readonly Step[], last: readonly Step[] = []): string[] {
  const spec: PipelineSpec = { repository: 'https://git.example/app', steps: [...steps] }
  const whole = last.length === 0 ? spec : { ...spec, finally: [...last] }
  const found = [...pipelineRules, ...pipelineWarnings].flatMap((rule) => rule(whole, 'spec'))
  return found.map(({ path, code, message }) => `${path}: ${code}: ${message}`)
}

const ofCall = 'has no meaning in a step that calls a pipeline: the called pipeline says how its steps run'
const ofApproval = 'has no meaning in a step that only waits for an approval'

describe('steps without a pod', () => {
  test('need no image, and no time of the run', () => {
    const steps = [build, ask({ dependsOn: ['build'] }), call({ dependsOn: ['ask'], approval: { fourEyes: true } })]
    expect(judge([...steps, { ...build, name: 'check', dependsOn: ['deploy'] }])).toEqual([])
  })

  test('a call may have a matrix, and stand at the end', () => {
    const matrix = { dimensions: { region: ['eu', 'us'] } }
    const params = { region: '$(matrix.region)' }
    expect(
      judge([build, call({ matrix, pipeline: { configRef: 'deploy', params } })], [call({ name: 'tell' })]),
    ).toEqual([])
  })

  test.each<[string, Step, string]>([
    ['image of a call', call({ image: 'node:24', commands: ['x'] }), `spec.steps[0].image: Invalid: ${ofCall}`],
    [
      'secrets of a call',
      call({ secrets: [{ secretRef: 's', key: 'k' }] }),
      `spec.steps[0].secrets: Invalid: ${ofCall}`,
    ],
    ['retries of a call', call({ retries: { limit: 1 } }), `spec.steps[0].retries: Invalid: ${ofCall}`],
    ['timeout of a call', call({ timeout: '5m' }), `spec.steps[0].timeout: Invalid: ${ofCall}`],
    [
      'nodeSelector of a call',
      call({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }),
      `spec.steps[0].nodeSelector: Invalid: ${ofCall}`,
    ],
    ['env of an approval', ask({ env: [{ name: 'A', value: 'b' }] }), `spec.steps[0].env: Invalid: ${ofApproval}`],
    [
      'matrix of an approval',
      ask({ matrix: { dimensions: { a: ['1'] } } }),
      `spec.steps[0].matrix: Invalid: ${ofApproval}`,
    ],
    ['timeout of an approval', ask({ timeout: '5m' }), `spec.steps[0].timeout: Invalid: ${ofApproval}`],
  ])('%s', (_, step, want) => {
    expect(judge([step])).toContain(want)
  })
})

describe('approvals', () => {
  test.each<[string, Step, string]>([
    [
      'no time at all',
      ask({ approval: { timeout: '0s' } }),
      'spec.steps[0].approval.timeout: Invalid: must be longer than 0s',
    ],
    [
      'more than a week',
      ask({ approval: { timeout: '169h' } }),
      'spec.steps[0].approval.timeout: TooLarge: "169h" is longer than the 168h (7 days) that are allowed',
    ],
    [
      'a group without a name',
      ask({ approval: { approvers: ['ann', 'group:'] } }),
      'spec.steps[0].approval.approvers[1]: Invalid: must name the group, such as group:release-managers',
    ],
  ])('%s', (_, step, want) => {
    expect(judge([step])).toEqual([want])
  })

  test('nobody is waited for at the end', () => {
    const want =
      'spec.finally[0].approval: Invalid: a finally step cannot wait for an approval: a cancelled run would never end'
    expect(judge([build], [ask({ image: 'i', commands: ['c'] })])).toEqual([want])
  })
})

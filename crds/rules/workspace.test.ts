import { expect, it } from 'vitest'
import type { Workspace } from '../parts/placement.ts'
import { pipelineRules, pipelineWarnings } from '../pipeline-config.rules.ts'

const aStep = (name: string) => ({ name, image: 'node:24', commands: ['npm test'] })

function judge(workspace: Workspace | undefined, steps = [aStep('a'), aStep('b')]): readonly string[] {
  const spec = { repository: 'https://git.example/app', steps, ...(workspace === undefined ? {} : { workspace }) }
  return [...pipelineRules, ...pipelineWarnings]
    .flatMap((rule) => rule(spec, 'spec'))
    .map(({ path, code }) => `${code} ${path}`)
}

it.each<[string, Workspace | undefined, readonly string[]]>([
  ['none', undefined, []],
  ['one for many nodes', { size: '5Gi', accessMode: 'ReadWriteMany' }, []],
  ['one for one node', { size: '5Gi' }, ['OneNode spec.workspace']],
  ['the same in words', { size: '5Gi', accessMode: 'ReadWriteOnce' }, ['OneNode spec.workspace']],
  ['no size', { size: '0', accessMode: 'ReadWriteMany' }, ['Invalid spec.workspace.size']],
])('%s', (_, workspace, want) => {
  expect(judge(workspace)).toEqual(want)
})

it('says nothing of nodes where there is one step', () => {
  expect(judge({ size: '5Gi' }, [aStep('a')])).toEqual([])
})

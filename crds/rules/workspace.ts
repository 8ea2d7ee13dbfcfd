import { joinPath } from '../../src/lib/field-error.ts'
import { parseQuantity } from '../../src/lib/quantity.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import type { SpecRule } from './rule.ts'

export const workspaceHasSize: SpecRule<PipelineSpec> = ({ workspace }, at) =>
  workspace === undefined || parseQuantity(workspace.size) !== 0n
    ? []
    : [{ path: joinPath(at, 'workspace.size'), code: 'Invalid', message: 'must be more than 0' }]

/** Said, because it shows only when the cluster is full: steps wait for that one node. */
export const workspaceKeepsOneNode: SpecRule<PipelineSpec> = ({ workspace, steps }, at) => {
  const { accessMode = 'ReadWriteOnce' } = workspace ?? {}
  if (workspace === undefined || accessMode !== 'ReadWriteOnce' || steps.length < 2) return []
  return [
    {
      path: joinPath(at, 'workspace'),
      code: 'OneNode',
      message: 'a ReadWriteOnce volume is attached to one node: all steps of a run are kept on it, parallel ones too',
      hint: 'with accessMode: ReadWriteMany, where the storage has it, they spread',
    },
  ]
}

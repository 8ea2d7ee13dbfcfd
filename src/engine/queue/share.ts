import type { PipelineRun } from '../../../crds/kinds.ts'

/** Runs of one config have one share of the room; so have the runs of one person that carry their pipeline themselves. */
export function findShare({ metadata, spec }: PipelineRun): string {
  const { pipelineConfigRef, event, triggeredBy = '' } = spec
  const file = event === undefined ? `inline ${triggeredBy}` : `file ${event.connection ?? ''} ${event.pipeline}`
  return `${metadata.namespace ?? ''} ${pipelineConfigRef === undefined ? file : `config ${pipelineConfigRef}`}`
}

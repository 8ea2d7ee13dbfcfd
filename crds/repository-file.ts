import { namePattern } from './patterns.ts'
import { type PipelineSpec, pipelineFields } from './pipeline-config.ts'
import { choice, type Infer, object, text } from './schema.ts'

const { repository: _implied, ...fields } = pipelineFields

/** The content of `.c8s.yaml` and `.c8s/*.yaml`: a pipeline whose repository is the one it lies in. */
export const repositoryFile = object('A pipeline of the repository that this file lies in.', {
  version: choice('Version of the format.', ['v1alpha1']),
  name: text('Name of the pipeline.', { pattern: namePattern, maxLength: 253 }),
  ...fields,
})
export type RepositoryFile = Infer<typeof repositoryFile>

/** The pipeline of a file, as a config of that repository would hold it. */
export function toPipelineSpec(
  { version: _version, name: _name, ...spec }: RepositoryFile,
  repository: string,
): PipelineSpec {
  return { repository, ...spec }
}

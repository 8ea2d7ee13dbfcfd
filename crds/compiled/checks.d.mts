import type { ErrorObject } from 'ajv'

/** Made by ajv from a schema: says whether a value fits, and leaves in `errors` why not. */
export interface CompiledCheck {
  (value: unknown): boolean
  errors?: readonly ErrorObject[] | null
}

export const PipelineConfig: CompiledCheck
export const PipelineRun: CompiledCheck
export const RepositoryConnection: CompiledCheck
export const Policy: CompiledCheck
export const RepositoryFile: CompiledCheck

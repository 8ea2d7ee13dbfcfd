import type { ErrorCode } from '../../../src/lib/error-codes.ts'

type Fields = Readonly<Record<string, unknown>>

export interface BadManifest {
  /** What is wrong, as a sentence. */
  readonly name: string
  /** JSON, which is YAML too. */
  readonly text: string
  /** Path and code of the first thing that our validators say; `path` as kubectl shows it. */
  readonly path: string
  readonly code: ErrorCode
  /** The API server with our CRDs alone, or only the webhook. */
  readonly refusedBy: 'schema' | 'webhook'
}

export interface GoodManifest {
  readonly name: string
  readonly text: string
}

export const kinds = ['PipelineConfig', 'PipelineRun', 'RepositoryConnection'] as const
export type Kind = (typeof kinds)[number]

export function renderManifest(kind: Kind, spec: unknown, name = 'probe'): string {
  return JSON.stringify({ apiVersion: 'c8s.dev/v1alpha1', kind, metadata: { name }, spec })
}

/** A sound step, with changes; undefined takes a field out. */
export function step(changes: Fields = {}): Fields {
  return { name: 'test', image: 'golang:1.21', commands: ['go test ./...'], ...changes }
}

export function pipeline(changes: Fields = {}): Fields {
  return { repository: 'https://git.example/org/app', steps: [step()], ...changes }
}

/** A sound config whose only step has the changes. */
export function configWithStep(changes: Fields): string {
  return renderManifest('PipelineConfig', pipeline({ steps: [step(changes)] }))
}

export function config(changes: Fields): string {
  return renderManifest('PipelineConfig', pipeline(changes))
}

export function run(changes: Fields = {}): string {
  return renderManifest('PipelineRun', { pipelineConfigRef: 'app', commit: 'abc123def456', ...changes })
}

/** A run that carries its pipeline. */
export function inlineRun(changes: Fields = {}): string {
  return renderManifest('PipelineRun', { pipelineSpec: pipeline(changes), commit: 'abc123def456' })
}

export function connection(changes: Fields = {}): string {
  return renderManifest('RepositoryConnection', {
    repository: 'https://git.example/org/app',
    provider: 'github',
    ...changes,
  })
}

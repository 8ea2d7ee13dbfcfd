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

/** An event of the forge, as c8s gives it to a run; `changes` may hold a pullRequest. */
export function event(changes: Fields = {}): Fields {
  return { type: 'push', connection: 'app', pipeline: 'app', receivedAt: '2026-11-21T10:00:00.123Z', ...changes }
}

export function pullRequest(changes: Fields = {}): Fields {
  return { number: 7, fork: false, branch: 'feature', targetBranch: 'main', ...changes }
}

/** A run of a pull request; `changes` are those of the pull request, `more` of the run. */
export function pullRequestRun(changes: Fields = {}, more: Fields = {}): string {
  return run({ event: event({ type: 'pullRequest', pullRequest: pullRequest(changes) }), ...more })
}

/** A run that only tells why nothing can run. */
export function rejectedRun(changes: Fields = {}): string {
  const rejected = { reason: 'Invalid', message: 'there is no step tset', file: '.c8s.yaml', line: 7 }
  return run({ pipelineConfigRef: undefined, event: event(), rejected, ...changes })
}

export function connection(changes: Fields = {}): string {
  return renderManifest('RepositoryConnection', {
    repository: 'https://git.example/org/app',
    provider: 'github',
    ...changes,
  })
}

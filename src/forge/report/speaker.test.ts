import { expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { aForkRun, anEvent, aRun, fullCommit } from '../../../test/helpers/admission-objects.ts'
import { findSpeaker } from './speaker.ts'

const untrusted = { reason: 'ForkPullRequest', message: 'pull request 7 comes from a fork' } as const
const at = (run: PipelineRun, second: number, name: string): PipelineRun => ({
  ...run,
  metadata: { ...run.metadata, name, creationTimestamp: `2026-11-21T10:00:0${second}Z` },
})
const aPlan = {
  repository: 'https://git.test/a/b',
  steps: [],
  timeoutSeconds: 60,
  clone: { depth: 1, submodules: false },
}
const ofPush = (second: number) => at(aRun({ commit: fullCommit, event: anEvent({ type: 'push' }) }), second, 'push')
const ofFork = (second: number, spec: Partial<PipelineRun['spec']> = {}) =>
  at(aForkRun({ commit: fullCommit, plan: { ...aPlan, untrusted }, ...spec }), second, 'fork')

test.each<[string, readonly PipelineRun[], string | undefined]>([
  ['nobody where there is none', [], undefined],
  ['the newest', [ofPush(2), at(ofPush(1), 1, 'before')], 'push'],
  ['the push, whoever opens a pull request with its commit later', [ofPush(1), ofFork(2)], 'push'],
  ['the push that comes later', [ofFork(1), ofPush(2)], 'push'],
  ['the fork where there is nothing else', [ofFork(2), at(ofFork(1), 1, 'before')], 'fork'],
  ['the fork once a person approved it', [ofPush(1), ofFork(2, { approvedCommit: fullCommit })], 'fork'],
])('%s speaks', (...[, runs, name]) => {
  expect(findSpeaker(runs)?.metadata.name).toBe(name)
})

test('what of a fork is refused says nothing about the push of the same commit', () => {
  const { plan: _, pipelineSpec: __, pipelineConfigRef: ___, ...spec } = ofFork(2).spec
  const rejected = { ...ofFork(2), spec: { ...spec, rejected: { reason: 'SecretForbidden', message: 'no' } } }
  expect(findSpeaker([ofPush(1), rejected])?.metadata.name).toBe('push')
})

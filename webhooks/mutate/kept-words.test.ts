import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { keepWords } from './kept-words.ts'

const ofFlux = { 'kustomize.toolkit.fluxcd.io/name': 'runs' }
const run = (spec: object, labels: Readonly<Record<string, string>> = ofFlux) =>
  ({ metadata: { name: 'r', labels }, spec }) as KubeObject

test.each<[string, object, object, object]>([
  ['what was not said stays unsaid', {}, {}, {}],
  ['an approval', {}, { approvals: { ask: 'Approved' } }, { approvals: { ask: 'Approved' } }],
  [
    'one approval of two',
    { approvals: { b: 'Rejected' } },
    { approvals: { a: 'Approved', b: 'Rejected' } },
    { approvals: { a: 'Approved', b: 'Rejected' } },
  ],
  ['a cancel', { commit: 'x' }, { commit: 'x', cancel: true }, { commit: 'x', cancel: true }],
  ['the approval of a fork’s commit', {}, { approvedCommit: 'x' }, { approvedCommit: 'x' }],
  ['a new word is let through', { cancel: true }, {}, { cancel: true }],
  ['a word that changes is left to be refused', { cancel: false }, { cancel: true }, { cancel: false }],
  [
    'an approval that changes is left to be refused',
    { approvals: { a: 'Rejected' } },
    { approvals: { a: 'Approved' } },
    { approvals: { a: 'Rejected' } },
  ],
])('a run that a tool owns keeps what it was told: %s', (...[, sent, old, want]) => {
  expect(keepWords({ ...sent }, { oldObject: run(old) })).toEqual(want)
})

test('a run of nobody else is not put right: who takes a word back is refused', () => {
  expect(keepWords({}, { oldObject: run({ cancel: true }, {}) })).toEqual({})
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aStep, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { completeManifest, type DocManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'

const cluster = new TestCluster('e2e-conditions')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const plain = (name: string, ...commands: readonly string[]) => ({ ...aStep(name, busybox, ...commands), clone: false })

/** The example of docs/conditions.md, with what the sample repository and the cluster have; its steps clone as they stand there. */
function readExample(): DocManifest {
  const [first] = parseExamples(readDocPage('docs/conditions.md'))
  const [run] = (first?.documents ?? []).map(completeManifest)
  const text = JSON.stringify(run)
    .replaceAll('busybox:1.37', busybox)
    .replaceAll('https://github.com/octocat/Hello-World', sampleUrls.public)
    .replaceAll('7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', commits.main)
    .replaceAll('"commands"', '"resources":{"cpu":"20m","memory":"32Mi"},"commands"')
  return JSON.parse(text) as DocManifest
}

/** name → field that skipped it and why, as a person sees them with kubectl. */
function listSkipped(run: string): Readonly<Record<string, string>> {
  const template =
    '{range .status.steps[?(@.phase=="Skipped")]}{.name}{"|"}{.reason}{"|"}{.skippedBy}{"|"}{.message}{"\\n"}{end}'
  const lines = cluster.run('get', 'c8spr', run, '-o', `jsonpath=${template}`).trim().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...rest] = line.split('|')
      return [name, rest.join('|')]
    }),
  )
}

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(
    readExample(),
    aRun('all-well', commits.main, {
      repository: sampleUrls.public,
      steps: [
        plain('unit', 'true'),
        { ...plain('undo', 'true'), dependsOn: ['unit'], conditional: { outcome: 'Failure' } },
      ],
      finally: [
        { ...plain('alarm', 'true'), conditional: { outcome: 'Failure' } },
        { ...plain('announce', 'true'), conditional: { when: 'steps.unit.exitCode == 0' } },
      ],
    }),
  )
})
afterAll(() => cluster.removeNamespace())

describe('a run in which a step fails', () => {
  let run: PipelineRun
  beforeAll(() => {
    run = cluster.waitForRun('conditions-1')
  })

  test('has its failure handled, and has failed all the same', () => {
    expect(phasesOf(run)).toEqual({
      unit: 'Failed',
      publish: 'Skipped',
      hotfix: 'Skipped',
      nightly: 'Skipped',
      preview: 'Skipped',
      collect: 'Succeeded',
      alarm: 'Succeeded',
      announce: 'Skipped',
    })
    expect(run.status?.phase).toBe('Failed')
    expect(cluster.logOf(run, 'collect')).toContain('collecting what unit left')
  })

  test('says of each skipped step which condition it was, and why', () => {
    expect(listSkipped('conditions-1')).toEqual({
      publish: 'ConditionNotMet|tag|tag: runs only for tags that match v*, and the run is of no tag',
      hotfix: 'ConditionNotMet|branch|branch: runs only on branches that match release-*, and the run is of main',
      nightly: 'ConditionNotMet|events|events: runs only for schedule, and the run was started by hand',
      preview: 'ConditionNotMet|when|when: "pullRequest != null && pullRequest.targetBranch == \\"main\\"" is not true',
      announce: 'ConditionNotMet|outcome|outcome: runs only where all steps succeeded, and unit did not',
    })
  })

  test('made Jobs only for the steps that ran', () => {
    const names = cluster.run(
      'get',
      'jobs',
      '-l',
      'c8s.dev/run=conditions-1',
      '-o',
      'jsonpath={.items[*].metadata.labels.c8s\\.dev/step}',
    )
    expect(names.split(' ').toSorted()).toEqual(['alarm', 'collect', 'unit'])
  })
})

test('a run in which all goes well skips what is for failures', () => {
  const run = cluster.waitForRun('all-well')
  expect(phasesOf(run)).toEqual({ unit: 'Succeeded', undo: 'Skipped', alarm: 'Skipped', announce: 'Succeeded' })
  expect(run.status?.phase).toBe('Succeeded')
  expect(listSkipped('all-well')).toEqual({
    undo: 'ConditionNotMet|outcome|outcome: runs only where a step that it depends on failed, and none did',
    alarm: 'ConditionNotMet|outcome|outcome: runs only where a step of the run failed, and none did',
  })
})

describe('a condition that is wrong is refused, and the message names the place', () => {
  const steps = (conditional: object) => [
    plain('unit', 'true'),
    { ...plain('deploy', 'true'), dependsOn: ['unit'], conditional },
  ]
  test.each<readonly [object, string]>([
    [
      { when: 'branch == "main" && params.deploy' },
      'spec.steps[1].conditional.when: Invalid: logical operator requires bool operands',
    ],
    [
      { when: 'brnch == "main"' },
      'spec.steps[1].conditional.when: Invalid: there is no variable "brnch" (character 1) (did you mean branch?)',
    ],
    [
      { when: 'steps.build.phase == "Failed"' },
      'spec.steps[1].conditional.when: UnknownStep: there is no step "build" (character 1)',
    ],
    [
      { outcome: 'Failure', onSuccess: true },
      'spec.steps[1].conditional.onSuccess: Invalid: true is outcome Success, but outcome is Failure (leave onSuccess out)',
    ],
  ])('%j', (conditional, message) => {
    const { code, stderr } = cluster.tryApply(
      aConfig('wrong', { repository: sampleUrls.public, params: [{ name: 'deploy' }], steps: steps(conditional) }),
    )
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
})

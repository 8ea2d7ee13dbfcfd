import { describe, expect, it } from 'vitest'
import type { Conditional } from '../../../crds/parts/conditional.ts'
import type { RunEvent } from '../../../crds/parts/event.ts'
import type { PlanStep } from '../../../crds/parts/step.ts'
import type { Plan } from '../../../crds/pipeline-run.ts'
import { findPlannedStep } from '../../../crds/planned-steps.ts'
import { judgeCondition } from './judge-condition.ts'
import type { ConditionedRun, OutcomeState } from './verdict.ts'

type Spec = ConditionedRun['spec']

const event = (more: Partial<RunEvent> = {}): RunEvent => ({
  type: 'push',
  pipeline: 'ci',
  receivedAt: '2026-01-01T00:00:00Z',
  ...more,
})
const onMain: Spec = { commit: 'c0ffee0', branch: 'main', event: event() }
const changed = (...changedFiles: string[]): Spec => ({ ...onMain, event: event({ changedFiles }) })

/** The verdict on a step without needs, as `met`, `open` or the message. */
function judge(conditional: Conditional, spec: Spec = onMain): string {
  const verdict = judgeCondition({ name: 'a', conditional }, { spec })
  return verdict.kind === 'unmet' ? verdict.message : verdict.kind
}

describe('branch and tag', () => {
  it.each<readonly [Conditional, Spec, string]>([
    [{ branch: 'main' }, onMain, 'met'],
    [{ branch: 'release-*' }, onMain, 'branch: runs only on branches that match release-*, and the run is of main'],
    [{ branch: '*' }, { commit: 'c' }, 'branch: runs only on branches that match *, and the run is of no branch'],
    [{ tag: 'v*' }, { commit: 'c', tag: 'v1.2' }, 'met'],
    [
      { tag: 'v*' },
      { commit: 'c', tag: 'nightly' },
      'tag: runs only for tags that match v*, and the run is of the tag nightly',
    ],
    [{ tag: 'v*' }, onMain, 'tag: runs only for tags that match v*, and the run is of no tag'],
    [{ branch: 'x', tag: 'v*' }, onMain, 'branch: runs only on branches that match x, and the run is of main'],
  ])('%j of %j', (conditional, spec, want) => {
    expect(judge(conditional, spec)).toBe(want)
  })
})

describe('events', () => {
  it.each<readonly [Conditional['events'], Spec, string]>([
    [['push', 'tag'], onMain, 'met'],
    [['manual'], { commit: 'c' }, 'met'],
    [['push', 'tag'], { commit: 'c' }, 'events: runs only for push or tag, and the run was started by hand'],
    [['manual'], onMain, 'events: runs only for manual, and the event of the run is push'],
  ])('%j of %j', (events, spec, want) => {
    expect(judge(events === undefined ? {} : { events }, spec)).toBe(want)
  })
})

describe('changed files', () => {
  it.each<readonly [Conditional, Spec, string]>([
    [{ paths: ['src/**'] }, onMain, 'met'],
    [{ paths: ['src/**'] }, changed('docs/a.md', 'src/a/b.ts'), 'met'],
    [
      { paths: ['src/**'] },
      changed('docs/a.md'),
      'paths: runs only where files changed that match src/**, and the one that changed does not',
    ],
    [
      { paths: ['a', 'b', 'c', 'd', 'e'] },
      changed('x', 'y'),
      'paths: runs only where files changed that match a, b, c and 2 more, and none of the 2 that changed does',
    ],
    [{ ignorePaths: ['**/*.md'] }, changed('a.ts', 'b.md'), 'met'],
    [
      { ignorePaths: ['**/*.md'] },
      changed('a.md', 'docs/b.md'),
      'ignorePaths: runs only where files changed that are not ignored, and all 2 that changed are',
    ],
    [
      { paths: ['src/**'], ignorePaths: ['**/*.md'] },
      changed('src/a.md', 'b.ts'),
      'ignorePaths: runs only where files changed that are not ignored, and all 2 that changed are',
    ],
    [{ ignorePaths: ['**'] }, changed(), 'met'],
    [{ paths: ['**'] }, changed(), 'paths: runs only where files changed that match **, and no file changed'],
  ])('%j of %j', (conditional, spec, want) => {
    expect(judge(conditional, spec)).toBe(want)
  })
})

describe('when', () => {
  it.each<readonly [string, Spec, string]>([
    ['branch == "main" && event == "push"', onMain, 'met'],
    ['event == "manual"', { commit: 'c' }, 'met'],
    ['branch == "next"', onMain, 'when: "branch == \\"next\\"" is not true'],
    ['commit == "c0ffee0"', onMain, 'met'],
    [
      'changedFiles.size() > 0',
      onMain,
      'when: does not hold, because it cannot be told: which files changed is not known of this run',
    ],
    ['no CEL', onMain, 'when: does not hold, because it cannot be told: "C" is not expected here (character 4)'],
    ['params.x == "1"', onMain, 'open'],
    ['matrix.os == "a"', onMain, 'open'],
    ['steps.unit.phase == "Failed"', onMain, 'open'],
  ])('%s of %j', (when, spec, want) => {
    expect(judge({ when }, spec)).toBe(want)
  })

  it('knows params that a plan is still to have', () => {
    const step = { name: 'a', conditional: { when: 'params.x == "1"' } }
    expect(judgeCondition(step, { spec: onMain, params: { x: '1' } })).toEqual({ kind: 'met' })
    expect(judgeCondition(step, { spec: onMain, params: {} })).toMatchObject({ kind: 'unmet', field: 'when' })
  })

  it('sees a pull request', () => {
    const pullRequest = { number: 7, fork: false, branch: 'topic', targetBranch: 'main' }
    const spec = { ...onMain, event: event({ type: 'pullRequest', pullRequest }) }
    expect(judge({ when: 'pullRequest.targetBranch == "main" && pullRequest.author == ""' }, spec)).toBe('met')
  })
})

const aStep = (name: string, more: Partial<PlanStep> = {}): PlanStep => ({ name, image: 'i', commands: ['c'], ...more })
const states = {
  done: { phase: 'Succeeded', reason: 'Completed', exitCode: 0 },
  failed: { phase: 'Failed', reason: 'ExitCode', exitCode: 3 },
  cancelled: { phase: 'Cancelled', reason: 'RunCancelled' },
  behind: { phase: 'Skipped', reason: 'NeedsNotMet' },
  notMeant: { phase: 'Skipped', reason: 'ConditionNotMet' },
  running: { phase: 'Running', reason: 'Running' },
} as const satisfies Readonly<Record<string, OutcomeState>>

/** The verdict on the step called `x` of a plan. */
function judgePlanned(
  plan: Pick<Plan, 'steps' | 'finally' | 'params'>,
  known?: Readonly<Record<string, keyof typeof states>>,
) {
  const step = findPlannedStep(plan, 'x')?.step
  if (step === undefined) throw new Error('the plan has no x')
  const stateOf = known && ((name: string) => (known[name] === undefined ? undefined : states[known[name]]))
  const verdict = judgeCondition(step, { spec: { ...onMain, plan } }, stateOf)
  return verdict.kind === 'unmet' ? verdict.message : verdict.kind
}

describe('the outcome of what a step depends on', () => {
  const noneFailed = 'outcome: runs only where a step that it depends on failed, and none did'
  it.each<readonly [Conditional, Readonly<Record<string, keyof typeof states>> | undefined, string]>([
    [{ outcome: 'Failure' }, undefined, 'open'],
    [{ outcome: 'Failure' }, { a: 'failed', b: 'running' }, 'open'],
    [{ outcome: 'Failure' }, { a: 'failed', b: 'done' }, 'met'],
    [{ outcome: 'Failure' }, { a: 'done', b: 'cancelled' }, 'met'],
    [{ outcome: 'Failure' }, { a: 'done', b: 'behind' }, 'met'],
    [{ outcome: 'Failure' }, { a: 'done', b: 'notMeant' }, noneFailed],
    [{ outcome: 'Always' }, { a: 'failed', b: 'done' }, 'met'],
    // That needs must have succeeded is told by needs.ts.
    [{ outcome: 'Success' }, { a: 'failed', b: 'done' }, 'met'],
    [{ onSuccess: false }, { a: 'failed', b: 'done' }, 'met'],
  ])('%j after %j', (conditional, known, want) => {
    const steps = [aStep('a'), aStep('b'), aStep('x', { dependsOn: ['a', 'b'], conditional })]
    expect(judgePlanned({ steps }, known)).toBe(want)
  })
})

describe('the outcome of the run, for a step of finally', () => {
  it.each<readonly [Conditional, Readonly<Record<string, keyof typeof states>> | undefined, string]>([
    [{}, undefined, 'met'],
    [{ outcome: 'Always' }, { a: 'failed', b: 'done' }, 'met'],
    [{ outcome: 'Success' }, undefined, 'open'],
    [{ outcome: 'Success' }, { a: 'done', b: 'running' }, 'open'],
    [{ outcome: 'Success' }, { a: 'done', b: 'notMeant' }, 'met'],
    [{ outcome: 'Success' }, { a: 'done', b: 'failed' }, 'outcome: runs only where all steps succeeded, and b did not'],
    [
      { onSuccess: true },
      { a: 'cancelled', b: 'done' },
      'onSuccess: runs only where all steps succeeded, and a did not',
    ],
    [
      { outcome: 'Failure' },
      { a: 'done', b: 'done' },
      'outcome: runs only where a step of the run failed, and none did',
    ],
    [{ outcome: 'Failure' }, { a: 'done', b: 'cancelled' }, 'met'],
  ])('%j after %j', (conditional, known, want) => {
    const plan = { steps: [aStep('a'), aStep('b')], finally: [aStep('x', { conditional })] }
    expect(judgePlanned(plan, known)).toBe(want)
  })
})

describe('an expression that reads how steps ended', () => {
  const withWhen = (when: string) => ({
    steps: [
      aStep('a'),
      aStep('b', { dependsOn: ['a'] }),
      aStep('x', { dependsOn: ['b'], conditional: { when, outcome: 'Always' } }),
    ],
  })
  it.each<readonly [string, Readonly<Record<string, keyof typeof states>> | undefined, string]>([
    ['steps.a.phase == "Failed"', undefined, 'open'],
    ['steps.a.phase == "Failed"', { a: 'running', b: 'done' }, 'open'],
    ['steps.a.phase == "Failed" && steps.a.exitCode == 3', { a: 'failed', b: 'behind' }, 'met'],
    ['steps.b.reason == "NeedsNotMet"', { a: 'failed', b: 'behind' }, 'met'],
    [
      'steps.b.exitCode == 0',
      { a: 'failed', b: 'behind' },
      'when: does not hold, because it cannot be told: there is no "exitCode" (character 9)',
    ],
    [
      'steps.c.phase == "x"',
      { a: 'done', b: 'done' },
      'when: does not hold, because it cannot be told: there is no "c" (character 7)',
    ],
  ])('%s after %j', (when, known, want) => {
    expect(judgePlanned(withWhen(when), known)).toBe(want)
  })

  const legs = ['linux', 'mac'].map((os) => ({ name: `a-${os}`, values: { os } }))
  it.each<readonly [string, Readonly<Record<string, keyof typeof states>>, string]>([
    ['all succeeded', { 'a-linux': 'done', 'a-mac': 'done' }, 'Succeeded'],
    ['one failed', { 'a-linux': 'done', 'a-mac': 'failed' }, 'Failed'],
    ['one was cancelled', { 'a-linux': 'cancelled', 'a-mac': 'done' }, 'Cancelled'],
    ['one was skipped', { 'a-linux': 'notMeant', 'a-mac': 'done' }, 'Succeeded'],
    ['all were skipped', { 'a-linux': 'notMeant', 'a-mac': 'behind' }, 'Skipped'],
  ])('takes the legs of a matrix as one: %s', (_, known, phase) => {
    const when = `steps.a.phase == "${phase}"`
    const last = { dependsOn: ['a'], conditional: { when, outcome: 'Always' as const } }
    expect(judgePlanned({ steps: [aStep('a', { legs }), aStep('x', last)] }, known)).toBe('met')
  })

  it('sees of a leg’s needs only those of its own combination', () => {
    const conditional = { when: 'steps.a.phase == "Failed"', outcome: 'Always' as const }
    const plan = {
      steps: [
        aStep('a', { legs }),
        aStep('b', {
          legs: legs.map(({ name, values }) => ({ name: name.replace('a', 'b'), values })),
          dependsOn: ['a'],
          conditional,
        }),
      ],
      matrixDimensions: ['os'],
    }
    const stateOf = (name: string) => (name === 'a-linux' ? states.failed : states.done)
    const judgeLeg = (name: string) => {
      const step = findPlannedStep(plan, name)?.step
      return step && judgeCondition(step, { spec: { ...onMain, plan } }, stateOf).kind
    }
    expect([judgeLeg('b-linux'), judgeLeg('b-mac')]).toEqual(['met', 'unmet'])
  })

  it('has params and matrix of the plan', () => {
    const conditional = { when: 'params.deploy == "true" && matrix.os == "linux"' }
    const plan = { steps: [aStep('a', { legs, conditional })], params: { deploy: 'true' } }
    const kinds = ['a-linux', 'a-mac'].map((name) => {
      const step = findPlannedStep(plan, name)?.step
      return step && judgeCondition(step, { spec: { ...onMain, plan } }).kind
    })
    expect(kinds).toEqual(['met', 'unmet'])
  })
})

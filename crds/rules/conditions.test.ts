import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/lib/field-error.ts'
import { apiVersion } from '../labels.ts'
import type { Conditional } from '../parts/conditional.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { createValidators } from '../validate.ts'

const validators = createValidators()
const step = (name: string, more: Partial<Step> = {}): Step => ({ name, image: 'i:1', commands: ['c'], ...more })

function judge(spec: Partial<PipelineSpec>) {
  const object = {
    apiVersion,
    kind: 'PipelineConfig',
    metadata: { name: 'app', namespace: 'team' },
    spec: { repository: 'https://git.example/app', ...spec },
  }
  const { errors, warnings } = validators.validatePipelineConfig(object)
  return { errors: errors.map(renderError), warnings: warnings.map(renderError) }
}

const withCondition = (conditional: Conditional, more: Partial<Step> = {}) =>
  judge({ steps: [step('lint'), step('unit', { dependsOn: ['lint'], conditional, ...more }), step('other')] })
const at = 'spec.steps[1].conditional'

describe('a condition that is refused', () => {
  it.each<readonly [string, Conditional, string]>([
    ['no CEL', { when: 'branch = "main"' }, `${at}.when: Invalid: "=" is not expected here (character 8)`],
    [
      'no variable',
      { when: 'brnch == "main"' },
      `${at}.when: Invalid: there is no variable "brnch" (character 1) (did you mean branch?)`,
    ],
    [
      'wrong types',
      { when: 'params == "x"' },
      `${at}.when: Invalid: the types do not go together: map<string, string> == string (character 1)`,
    ],
    ['no truth', { when: 'branch' }, `${at}.when: Invalid: must be true or false, not string`],
    [
      'a regular expression',
      { when: 'branch.matches("a")' },
      `${at}.when: Invalid: conditions have no function "matches" (character 1) (use glob, as in branch.glob("release-*"))`,
    ],
    [
      'an endless one',
      { when: 'changedFiles.exists(f, changedFiles.exists(g, f == g))' },
      `${at}.when: Invalid: would take too long with many changed files or long values (go through changedFiles once only, and hold it against few and short texts)`,
    ],
    [
      'a step that is not there',
      { when: 'steps.lnit.phase == "Failed"' },
      `${at}.when: UnknownStep: there is no step "lnit" (character 1) (did you mean lint?)`,
    ],
    [
      'a step that it does not depend on',
      { when: 'steps.lint.phase == "Failed" && steps.other.phase == "Failed"' },
      `${at}.when: Invalid: step unit reads the outcome of other, but does not depend on it (character 33) (add other to dependsOn)`,
    ],
    [
      'itself',
      { when: 'steps.unit.phase == "Failed"' },
      `${at}.when: Invalid: step unit reads the outcome of unit, but does not depend on it (character 1) (add unit to dependsOn)`,
    ],
    [
      'a param that is not there',
      { when: 'params.x == "1"' },
      `${at}.when: Invalid: the pipeline has no param "x" (character 1)`,
    ],
    [
      'a dimension that is not there',
      { when: 'matrix["os"] == "1"' },
      `${at}.when: Invalid: the step has no matrix with "os" (character 1)`,
    ],
    [
      'outcome against onSuccess',
      { outcome: 'Failure', onSuccess: true },
      `${at}.onSuccess: Invalid: true is outcome Success, but outcome is Failure (leave onSuccess out)`,
    ],
    [
      'a branch of tags',
      { branch: 'main', events: ['tag'] },
      `${at}.branch: Invalid: can never hold beside events: the run of a tag has no branch`,
    ],
    [
      'a tag of pushes',
      { tag: 'v*', events: ['push', 'pullRequest'] },
      `${at}.tag: Invalid: can never hold beside events: a run of push or pullRequest has no tag`,
    ],
    ['a tag with a caret', { tag: 'v^' }, `${at}.tag: Invalid: "v^" matches no tag: git allows no ^ in names`],
    [
      'a full ref',
      { tag: 'refs/tags/v*' },
      `${at}.tag: Invalid: "refs/tags/v*" is matched with names such as main (leave refs/tags/ out)`,
    ],
    [
      'no paths',
      { paths: [] },
      `${at}.paths: Invalid: no file is asked for, so the step would never run (leave it out, or name files)`,
    ],
    [
      'a folder',
      { paths: ['src/'] },
      `${at}.paths[0]: Invalid: "src/" matches no file: files are named as in src/main.ts (write src/**)`,
    ],
    [
      'the top of the file system',
      { paths: ['a', '/src/**'] },
      `${at}.paths[1]: Invalid: "/src/**" matches no file: files are named as in src/main.ts (from the top of the repository, without . and ..)`,
    ],
    [
      'here',
      { ignorePaths: ['./docs/**'] },
      `${at}.ignorePaths[0]: Invalid: "./docs/**" matches no file: files are named as in src/main.ts (from the top of the repository, without . and ..)`,
    ],
    [
      'a negation',
      { paths: ['!docs/**'] },
      `${at}.paths[0]: Invalid: "!docs/**" begins with !, which globs do not know (put it into ignorePaths)`,
    ],
  ])('%s', (_, conditional, want) => {
    expect(withCondition(conditional).errors).toEqual([want])
  })

  it('asks for a failure of nothing', () => {
    expect(withCondition({ outcome: 'Failure' }, { dependsOn: [] }).errors).toEqual([
      `${at}.outcome: Invalid: the step depends on no other, so nothing can fail that it would run for (give dependsOn, or put the step into finally)`,
    ])
  })

  it('is one of many that take too long together', () => {
    const when = 'changedFiles.exists(f, f.glob("*a*a*a*a*a*a*a*a*b"))'
    const steps = Array.from({ length: 20 }, (_, index) => step(`s${index}`, { conditional: { when } }))
    expect(judge({ steps }).errors).toEqual([
      'spec.steps[0].conditional.when: TooLarge: the conditions of the pipeline would take too long together, and this one the longest',
    ])
    expect(judge({ steps: steps.slice(0, 10) }).errors).toEqual([])
  })

  it('has more wildcards, with those of all others, than can be looked at', () => {
    const paths = Array.from({ length: 100 }, (_, index) => `*/*/${index}/*`)
    const steps = Array.from({ length: 6 }, (_, index) => step(`s${index}`, { conditional: { paths } }))
    expect(judge({ steps }).errors).toEqual([
      'spec: TooLarge: the paths of all conditions have 2400 globs and wildcards, at most 2000 are allowed',
    ])
  })
})

describe('a step of finally', () => {
  const judgeLast = (conditional: Conditional) =>
    judge({ steps: [step('unit')], finally: [step('notify', { conditional }), step('clean')] })

  it('may read every main step, and ask how the run went', () => {
    const when = 'steps.unit.phase == "Failed" && has(steps.unit.exitCode)'
    expect(judgeLast({ when, outcome: 'Failure' })).toEqual({ errors: [], warnings: [] })
  })

  it.each([
    ['clean', 'Invalid: clean is a step of finally: no condition can wait for how it ends'],
    ['unti', 'UnknownStep: there is no step "unti"'],
  ])('may not read %s', (name, want) => {
    const [error] = judgeLast({ when: `steps.${name}.phase == "Failed"` }).errors
    expect(error).toContain(`spec.finally[0].conditional.when: ${want} (character 1)`)
  })
})

describe('a condition that is taken', () => {
  it.each<readonly [string, Conditional]>([
    [
      'all fields',
      {
        branch: 'main',
        events: ['push', 'manual'],
        paths: ['src/**', '.c8s.yaml', '..hidden'],
        ignorePaths: ['**/*.md'],
      },
    ],
    ['a tag', { tag: 'v*', events: ['tag', 'manual'] }],
    ['the outcome of a need', { when: 'steps.lint.phase == "Succeeded"' }],
    ['outcome and onSuccess that say the same', { outcome: 'Always', onSuccess: false }],
  ])('%s', (_, conditional) => {
    expect(withCondition(conditional)).toEqual({ errors: [], warnings: [] })
  })

  it('reads what the needs of its needs came to', () => {
    const when = 'steps.a.exitCode == 3'
    const steps = [step('a'), step('b', { dependsOn: ['a'] }), step('c', { dependsOn: ['b'], conditional: { when } })]
    expect(judge({ steps }).errors).toEqual([])
  })

  it('reads params, and dimensions of its own matrix and the pipeline’s', () => {
    const when = 'params["deploy-to"] == "x" && matrix.os == "a" && matrix.node == "22"'
    const own = { dimensions: { node: ['22'] } }
    const { errors } = judge({
      params: [{ name: 'deploy-to' }],
      matrix: { dimensions: { os: ['a', 'b'] } },
      steps: [step('a', { matrix: own, conditional: { when } })],
    })
    expect(errors).toEqual([])
  })

  it.each(['Success', 'Always'] as const)(
    'outcome %s of a step without needs is only said to mean nothing',
    (outcome) => {
      expect(withCondition({ outcome }, { dependsOn: [] })).toEqual({
        errors: [],
        warnings: [
          `${at}.outcome: Invalid: means nothing: the step depends on no other (leave it out, or give dependsOn)`,
        ],
      })
    },
  )
})

it('is judged the same in a file of the repository', () => {
  const steps = [step('unit', { conditional: { when: 'branch == 1' } })]
  const { errors } = validators.validateRepositoryFile({ version: 'v1alpha1', name: 'ci', steps })
  expect(errors.map(renderError)).toEqual([
    'steps[0].conditional.when: Invalid: the types do not go together: string == int (character 1)',
  ])
})

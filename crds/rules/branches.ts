import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { placeAllSteps, type SpecRule } from './rule.ts'

/** Characters that git allows in no name, so that a glob with one of them matches nothing, ever. */
const impossible = /[~^:\\[]/

export const globsCanMatch: SpecRule<PipelineSpec> = (spec, at) => [
  ...refGlobs(spec).flatMap(({ globs = [], field }) =>
    globs.flatMap((glob, index) => checkGlob(glob, joinPath(at, `${field}[${index}]`))),
  ),
  ...placeAllSteps(spec, at).flatMap(({ step, at: place }) =>
    step.conditional?.branch === undefined ? [] : checkGlob(step.conditional.branch, `${place}.conditional.branch`),
  ),
]

/** The globs over names of branches and tags; those over paths may hold what git allows in no name. */
function refGlobs({ branches, triggers }: PipelineSpec) {
  return [
    { globs: branches, field: 'branches' },
    { globs: triggers?.push?.branches, field: 'triggers.push.branches' },
    { globs: triggers?.tag?.tags, field: 'triggers.tag.tags' },
    { globs: triggers?.pullRequest?.branches, field: 'triggers.pullRequest.branches' },
  ]
}

export function checkGlob(glob: string, path: string, kind: 'branch' | 'tag' = 'branch'): FieldError[] {
  const found = impossible.exec(glob)?.[0]
  if (found !== undefined) {
    return [
      { path, code: 'Invalid', message: `${quoteValue(glob)} matches no ${kind}: git allows no ${found} in names` },
    ]
  }
  if (/[{}]/.test(glob)) {
    return [
      {
        path,
        code: 'Invalid',
        message: `${quoteValue(glob)} has braces, which globs do not know`,
        hint: 'list one glob for each',
      },
    ]
  }
  if (glob.startsWith('refs/')) {
    return [
      {
        path,
        code: 'Invalid',
        message: `${quoteValue(glob)} is matched with names such as main`,
        hint: `leave ${kind === 'tag' ? 'refs/tags/' : 'refs/heads/'} out`,
      },
    ]
  }
  return []
}

/** What git check-ref-format refuses beyond the pattern, as words that may follow the name. */
const refProblems: readonly { readonly form: RegExp; readonly problem: string }[] = [
  { form: /^refs\//, problem: 'is a full ref: give the name after refs/heads/ or refs/tags/' },
  { form: /\.\.|@\{/, problem: 'holds .. or @{, which git allows in no name' },
  { form: /\/\/|\/$|\.$/, problem: 'ends with a slash or dot, or has two slashes in a row' },
  { form: /(^|\/)\.|\.lock($|\/)/, problem: 'has a part that starts with a dot or ends with .lock' },
  { form: /^@$/, problem: 'is what git calls the current commit' },
  { form: /[\p{Cc}\p{Cf}\p{Z}]/u, problem: 'holds white space or an invisible character' },
]

export function checkRef(name: string | undefined, path: string): FieldError[] {
  if (name === undefined) return []
  const found = refProblems.find(({ form }) => form.test(name))
  return found === undefined ? [] : [{ path, code: 'Invalid', message: `${quoteValue(name)} ${found.problem}` }]
}

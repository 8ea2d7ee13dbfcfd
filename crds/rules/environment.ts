import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import type { SecretUse } from '../parts/step.ts'
import { envNamePattern } from '../patterns.ts'
import { findRepeated, forEachStep, type PlacedStep } from './rule.ts'

interface Variable {
  readonly name: string
  readonly at: string
}

/** Variables that c8s gives every step, beside all that start with C8S_. */
const given = new Set(['CI', 'COMMIT_SHA', 'BRANCH', 'TAG'])
const legalName = new RegExp(envNamePattern)

/** The variable that a secret goes into: envVar, or the key itself where neither envVar nor file is given. */
export function resolveVariable({ envVar, file, key }: SecretUse): string | undefined {
  return envVar ?? (file === undefined ? key : undefined)
}

/** The variables of a step, its own and those of Secrets. */
export const listVariables = ({ step: { env = [], secrets = [] }, at }: PlacedStep): Variable[] => [
  ...env.map(({ name }, index) => ({ name, at: `${at}.env[${index}].name` })),
  ...secrets.flatMap((use, index) => {
    const name = resolveVariable(use)
    return name === undefined
      ? []
      : [{ name, at: `${at}.secrets[${index}].${use.envVar === undefined ? 'key' : 'envVar'}` }]
  }),
]

export const uniqueVariables = forEachStep((placed) =>
  findRepeated(listVariables(placed)).map(({ item, first }): FieldError => {
    const message = `the variable ${quoteValue(item.name)} is set by ${first.at} already`
    return { path: item.at, code: 'Duplicate', message }
  }),
)

export const uniqueFiles = forEachStep(({ step: { secrets = [] }, at }) => {
  const files = secrets.flatMap(({ file }, index) =>
    file === undefined ? [] : [{ name: file, at: `${at}.secrets[${index}].file` }],
  )
  return findRepeated(files).map(({ item, first }): FieldError => {
    return {
      path: item.at,
      code: 'Duplicate',
      message: `the file ${quoteValue(item.name)} is written by ${first.at} already`,
    }
  })
})

export const namedSecrets = forEachStep(({ step: { secrets = [] }, at }) =>
  secrets.flatMap((use, index): FieldError[] => {
    if (use.envVar !== undefined || use.file !== undefined || legalName.test(use.key)) return []
    return [
      {
        path: `${at}.secrets[${index}].key`,
        code: 'Invalid',
        message: `${quoteValue(use.key)} cannot be the name of a variable`,
        hint: 'give envVar or file',
      },
    ]
  }),
)

const isReserved = (name: string) => name === 'C8S' || name.startsWith('C8S_')

export const noReservedVariables = forEachStep((placed) =>
  listVariables(placed)
    .filter(({ name }) => isReserved(name))
    .map(({ name, at }) => ({
      path: at,
      code: 'Reserved',
      message: `${quoteValue(name)} belongs to c8s, as all variables that start with C8S_`,
      hint: 'choose another name',
    })),
)

export const replacedVariables = forEachStep((placed) =>
  listVariables(placed)
    .filter(({ name }) => given.has(name))
    .map(({ name, at }) => ({ path: at, code: 'Reserved', message: `replaces the ${name} that c8s gives every step` })),
)

import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import type { Service } from '../parts/services.ts'
import { labelPattern } from '../patterns.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import {
  type FillKind,
  hasPlaceholder,
  listFilledTexts,
  listPlaceholders,
  listProgramTexts,
  type Placeholder,
  toVariable,
} from '../placeholders.ts'
import { forEachStep, type PlacedStep, placeFinalSteps, placeSteps, type SpecRule } from './rule.ts'

/** What a step can be filled in with. */
type Known = Readonly<Record<FillKind, readonly string[]>>

const words: Readonly<Record<FillKind, string>> = { params: 'param', matrix: 'dimension of a matrix' }

/** Whatever looks like a placeholder stands for something. */
export const knownInputs: SpecRule<PipelineSpec> = (spec, at) => {
  const params = (spec.params ?? []).map(({ name }) => name)
  const around = Object.keys(spec.matrix?.dimensions ?? {})
  const ownOf = ({ step }: PlacedStep) => Object.keys(step.matrix?.dimensions ?? {})
  return [
    ...placeSteps(spec, at).flatMap((placed) => checkTexts(placed, { params, matrix: [...around, ...ownOf(placed)] })),
    ...placeFinalSteps(spec, at).flatMap((placed) => {
      const outer = new Set(around)
      return checkTexts(placed, { params, matrix: ownOf(placed) }, (name) =>
        outer.has(name) ? "the pipeline's matrix does not apply to steps of finally" : undefined,
      )
    }),
  ]
}

function checkTexts(
  { step, at }: PlacedStep,
  known: Known,
  explain: (name: string) => string | undefined = () => undefined,
): FieldError[] {
  return listFilledTexts(step).flatMap(({ path, text }) =>
    listPlaceholders(text)
      .filter(({ kind, name }) => name === undefined || !known[kind].includes(name))
      .map((found) => refuse(`${at}.${path}`, found, { known, explain })),
  )
}

interface RefusalContext {
  readonly known: Known
  readonly explain: (name: string) => string | undefined
}

function refuse(path: string, { kind, name, text }: Placeholder, { known, explain }: RefusalContext): FieldError {
  if (name === undefined) {
    const message = `${quoteValue(text)} has no end: write $(${kind}.name)`
    return { path, code: 'UnknownParam', message }
  }
  const nearest = findNearest(name, known[kind])
  const hint = explain(name) ?? (nearest === undefined ? undefined : `did you mean $(${kind}.${nearest})?`)
  const message = `${quoteValue(text)} stands for nothing: there is no ${words[kind]} ${quoteValue(name)}`
  return { path, code: 'UnknownParam', message, ...(hint === undefined ? {} : { hint }) }
}

const legalName = new RegExp(labelPattern)

/** A value that is filled in in a program would be read as part of it; as a variable it is only ever a value. */
export const noInputsInPrograms = forEachStep(({ step, at }) =>
  listProgramTexts(step).flatMap(({ path, text }): FieldError[] => {
    const [found] = listPlaceholders(text)
    return found === undefined ? [] : [refuseProgram(`${at}.${path}`, found, path.startsWith('commands'))]
  }),
)

function refuseProgram(path: string, { kind, name, text }: Placeholder, isCommand: boolean): FieldError {
  const variable = name !== undefined && legalName.test(name) ? toVariable(kind, name) : toVariable(kind, 'name')
  const message = `${quoteValue(text)} is not filled in here, so that no value is ever read as a program`
  const hint = isCommand ? `write "$${variable}"` : 'give the value to the service as a variable, in its env'
  return { path, code: 'Unsupported', message, hint }
}

const shell = /(^|\/)(ba|a|da|z|k|mk)?sh$|(^|\/)(busybox|fish|env)$/

/** The arguments of a shell are a program too. */
export const noInputsInShellArguments = forEachStep(({ step: { services = [] }, at }) =>
  services.flatMap((service, index) => {
    if (!runsShell(service)) return []
    return (service.args ?? []).flatMap((text, item): FieldError[] => {
      const [found] = hasPlaceholder(text) ? listPlaceholders(text) : []
      return found === undefined ? [] : [refuseProgram(`${at}.services[${index}].args[${item}]`, found, false)]
    })
  }),
)

function runsShell({ command = [], args = [] }: Service): boolean {
  return [...command, ...args].some((word) => shell.test(word))
}

import type { Service } from './parts/services.ts'
import type { Step } from './parts/step.ts'

/** What `$(params.name)` and `$(matrix.name)` stand for. */
export interface FillValues {
  readonly params: Readonly<Record<string, string>>
  readonly matrix: Readonly<Record<string, string>>
}

export type FillKind = keyof FillValues

/** One place in a text that looks like a placeholder. */
export interface Placeholder {
  readonly kind: FillKind
  /** What stands between the dot and the bracket; undefined where no bracket closes it. */
  readonly name: string | undefined
  /** As it stands there, for messages. */
  readonly text: string
}

const anyPlaceholder = /\$\((?<kind>params|matrix)\.(?:(?<name>[^()]{0,64})\))?/g

/** Also those that can never be filled in, for the rules to refuse. */
export function listPlaceholders(text: string): readonly Placeholder[] {
  if (!hasPlaceholder(text)) return []
  return [...text.matchAll(anyPlaceholder)].map(([found, kind, name]) => ({
    kind: kind as FillKind,
    name,
    text: found,
  }))
}

export function hasPlaceholder(text: string): boolean {
  return text.includes('$(params.') || text.includes('$(matrix.')
}

const known = /\$\((params|matrix)\.([-a-z0-9]+)\)/g

/** The text with its values, filled in once: what a value holds is not looked at again. */
export function fillText(text: string, values: FillValues): string {
  if (!hasPlaceholder(text)) return text
  return text.replace(known, (whole, kind: FillKind, name: string) =>
    Object.hasOwn(values[kind], name) ? (values[kind][name] ?? whole) : whole,
  )
}

/** The variable that a step finds a value in: `PARAM_MY_NAME`, `MATRIX_NODE`. Names are labels, so no two share one. */
export function toVariable(kind: FillKind, name: string): string {
  return `${kind === 'params' ? 'PARAM' : 'MATRIX'}_${name.toUpperCase().replaceAll('-', '_')}`
}

/** One text of a step, and where it stands. */
export interface StepText {
  /** Below the step: `env[0].value`. */
  readonly path: string
  readonly text: string
}

/** The texts that are filled in. */
export function listFilledTexts({ image, env = [], services = [], pipeline }: Step): readonly StepText[] {
  return [
    ...(image === undefined ? [] : [{ path: 'image', text: image }]),
    ...env.map(({ value }, index) => ({ path: `env[${index}].value`, text: value })),
    ...services.flatMap(({ image: of, args = [], env: own = [] }, index) => [
      { path: `services[${index}].image`, text: of },
      ...args.map((text, at) => ({ path: `services[${index}].args[${at}]`, text })),
      ...own.map(({ value }, at) => ({ path: `services[${index}].env[${at}].value`, text: value })),
    ]),
    ...Object.entries(pipeline?.params ?? {}).map(([name, text]) => ({ path: `pipeline.params[${name}]`, text })),
  ]
}

/** The texts in which a value would be read as a program: nothing is ever filled in. */
export function listProgramTexts({ commands = [], services = [] }: Step): readonly StepText[] {
  return [
    ...commands.map((text, index) => ({ path: `commands[${index}]`, text })),
    ...services.flatMap(({ command = [], ready }, index) => [
      ...command.map((text, at) => ({ path: `services[${index}].command[${at}]`, text })),
      ...(ready?.command ?? []).map((text, at) => ({ path: `services[${index}].ready.command[${at}]`, text })),
    ]),
  ]
}

/** Whether filling the step in changes anything. */
export function hasFilledTexts(step: Step): boolean {
  return listFilledTexts(step).some(({ text }) => hasPlaceholder(text))
}

/** The step with its values; what holds no placeholder is the same object as before. */
export function fillStepTexts<T extends Step>(step: T, values: FillValues): T {
  const { image, env, services, pipeline } = step
  const fill = (text: string) => fillText(text, values)
  return {
    ...step,
    ...(image === undefined ? {} : { image: fill(image) }),
    ...(env === undefined ? {} : { env: fillEnvironment(env, fill) }),
    ...(services === undefined ? {} : { services: services.map((service) => fillService(service, fill)) }),
    ...(pipeline?.params === undefined ? {} : { pipeline: { ...pipeline, params: fillMap(pipeline.params, fill) } }),
  }
}

type Fill = (text: string) => string

function fillEnvironment<T extends { readonly name: string; readonly value: string }>(
  env: readonly T[],
  fill: Fill,
): T[] {
  return env.map((variable) =>
    hasPlaceholder(variable.value) ? { ...variable, value: fill(variable.value) } : variable,
  )
}

function fillService(service: Service, fill: Fill): Service {
  const { args, env } = service
  return {
    ...service,
    image: fill(service.image),
    ...(args === undefined ? {} : { args: args.map(fill) }),
    ...(env === undefined ? {} : { env: fillEnvironment(env, fill) }),
  }
}

function fillMap(values: Readonly<Record<string, string>>, fill: Fill): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, fill(text)]))
}

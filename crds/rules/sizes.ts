import type { FieldError } from '../../src/lib/field-error.ts'
import { limits } from '../defaults.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { forEachStep, measureBytes, type SpecRule } from './rule.ts'

const tooLarge = (path: string, bytes: number, limit: number): FieldError => ({
  path,
  code: 'TooLarge',
  message: `takes ${bytes} bytes, at most ${limit} can be passed on`,
})

/** `$` is doubled on the way, because kubelet expands `$(NAME)` and `$$` in arguments. */
function measureCommand(command: string): number {
  return measureBytes(command) + (command.match(/\$/g)?.length ?? 0) + 1
}

export const commandsFit = forEachStep(({ step: { commands = [] }, at }) => {
  const bytes = commands.reduce((sum, command) => sum + measureCommand(command), 0)
  if (bytes <= limits.commandBytes) return []
  return [
    {
      ...tooLarge(`${at}.commands`, bytes, limits.commandBytes),
      hint: 'put the commands into a script in the repository',
    },
  ]
})

export const environmentFits = forEachStep(({ step: { env = [] }, at }) => {
  const sizes = env.map(({ name, value }) => measureBytes(`${name}=${value}`) + 1)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return [
    ...sizes.flatMap((bytes, index) =>
      bytes > limits.variableBytes ? [tooLarge(`${at}.env[${index}].value`, bytes, limits.variableBytes)] : [],
    ),
    ...(total > limits.environmentBytes ? [tooLarge(`${at}.env`, total, limits.environmentBytes)] : []),
  ]
})

export const pipelineFits: SpecRule<PipelineSpec> = (spec, at) => {
  const bytes = measureBytes(JSON.stringify(spec))
  if (bytes <= limits.pipelineBytes) return []
  return [
    {
      path: at,
      code: 'TooLarge',
      message: `takes ${bytes} bytes as JSON, at most ${limits.pipelineBytes} fit into a run with its status`,
      hint: 'put long commands into scripts in the repository',
    },
  ]
}

/** Neither an argument nor a variable of a process can hold it: the rest would be cut off without a word. */
export const noNulCharacters = forEachStep(({ step: { commands = [], env = [] }, at }) => {
  const texts = [
    ...commands.map((text, index) => ({ text, path: `${at}.commands[${index}]` })),
    ...env.map(({ value }, index) => ({ text: value, path: `${at}.env[${index}].value` })),
  ]
  return texts
    .filter(({ text }) => text.includes('\0'))
    .map(({ path }) => ({ path, code: 'Invalid', message: 'holds a NUL character, which no process can be given' }))
})

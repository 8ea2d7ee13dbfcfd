import { type ParseArgsConfig, parseArgs } from 'node:util'
import { findNearest } from '../lib/nearest.ts'
import { UsageError } from './command.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Flags and files of a command line; a flag that does not exist is a UsageError with the one that was meant. */
export function parseFlags<O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(describeFlagError(error, options))
  }
}

function describeFlagError(error: unknown, options: Options): string {
  const message = error instanceof Error ? error.message : String(error)
  const flag = /^Unknown option '([^']+)'/.exec(message)?.[1]
  if (flag === undefined) return message.replace(/\. .*/s, '').replace(/^Option/, 'the option')
  const nearest = findNearest(flag.replace(/^-+/, ''), Object.keys(options))
  return `there is no option ${flag}${nearest === undefined ? '' : ` (did you mean --${nearest}?)`}`
}

import { findNearest } from '../lib/nearest.ts'
import { type CliContext, type Command, UsageError } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { commands } from './registry.ts'

/** Runs one command line and answers with the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) return refuse('name a command', context)
  if (['--help', '-h', 'help'].includes(name)) return showHelp(rest[0], context)
  const entry = commands.find((known) => known.name === name)
  if (entry === undefined) return refuse(describeUnknown(name), context)
  const command = await entry.load()
  if (isHelpAsked(rest)) return showHelp(name, context)
  try {
    return await command.run(rest, context)
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message, context, name)
    throw error
  }
}

/** After `--` everything is a file. */
function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h')
}

function describeUnknown(name: string): string {
  const nearest = findNearest(
    name,
    commands.map((entry) => entry.name),
  )
  const what = name.startsWith('-') ? 'option' : 'command'
  return `there is no ${what} ${JSON.stringify(name)}${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`
}

async function refuse(message: string, context: CliContext, command?: string): Promise<number> {
  const help = `c8s ${command === undefined ? '' : `${command} `}--help`
  await context.writeError(`c8s: ${message}\nSee: ${help}\n`)
  return exitCodes.usage
}

async function showHelp(name: string | undefined, context: CliContext): Promise<number> {
  if (name === undefined) {
    await context.writeOutput(renderOverview(await Promise.all(commands.map((entry) => entry.load()))))
    return exitCodes.ok
  }
  const entry = commands.find((known) => known.name === name)
  if (entry === undefined) return refuse(describeUnknown(name), context)
  await context.writeOutput((await entry.load()).help)
  return exitCodes.ok
}

function renderOverview(all: readonly Command[]): string {
  const width = Math.max(...all.map(({ name }) => name.length)) + 3
  const rows = all.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`)
  return `c8s: continuous integration inside the Kubernetes API server

Usage: c8s COMMAND [FLAG…] [FILE…]

${rows.join('\n')}

c8s COMMAND --help tells more about one.
Exit codes: 0 done, 1 fault, 2 bad usage, 3 a file is missing, 5 invalid config.
`
}

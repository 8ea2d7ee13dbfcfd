import { createValidators, type Validators } from '../../../crds/validate.ts'
import { type CliContext, type Command, UsageError } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { type Finding, findFindings } from '../findings.ts'
import { parseFlags } from '../flags.ts'
import { readInput } from '../input-files.ts'

const help = `Says offline what the admission webhook would say.

Usage: c8s validate [-q] FILE…        ("-" reads standard input)

Reads YAML or JSON, any number of documents: PipelineConfig, PipelineRun,
RepositoryConnection, and .c8s.yaml. Other kinds are skipped. What only the
cluster knows (Secrets, quotas, other objects) is not looked at.

  -q, --quiet    print errors only

Prints one line for each thing found: file:line: object: path: Code: message
Exit code: 0 when all is valid, also with warnings; 5 when something is not;
3 when a file is missing.

  c8s validate pipeline.yaml
  c8s validate .c8s.yaml .c8s/*.yaml
  kubectl get pc app -o yaml | c8s validate -
`

export const validate: Command = {
  name: 'validate',
  summary: 'say what the webhook would say about manifests and .c8s.yaml',
  help,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, { quiet: { type: 'boolean', short: 'q' } })
    if (positionals.length === 0) throw new UsageError('name at least one file, or - for standard input')
    const job = { validators: createValidators(), isQuiet: values.quiet === true, context }
    const codes: number[] = []
    for (const path of positionals) codes.push(await validateFile(path, job))
    return codes.includes(exitCodes.invalid) ? exitCodes.invalid : Math.max(...codes)
  },
}

interface Job {
  readonly validators: Validators
  readonly isQuiet: boolean
  readonly context: CliContext
}

async function validateFile(path: string, { validators, isQuiet, context }: Job): Promise<number> {
  const file = await readInput(path, context)
  if ('message' in file) {
    await context.writeError(`c8s: ${file.name}: ${file.message}\n`)
    return file.exitCode
  }
  const text = decodeText(file.bytes)
  const findings = text === undefined ? [notText] : findFindings(path, text, validators)
  const shown = findings.filter(({ level }) => !isQuiet || level === 'error')
  await context.writeOutput(shown.map((finding) => renderFinding(file.name, finding)).join(''))
  return findings.some(({ level }) => level === 'error') ? exitCodes.invalid : exitCodes.ok
}

const notText: Finding = { level: 'error', line: 1, object: '', text: 'Malformed: the file is not UTF-8 text' }

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function renderFinding(file: string, { level, line, object, text }: Finding): string {
  const mark = level === 'warning' ? 'warning: ' : level === 'skipped' ? 'skipped: ' : ''
  const subject = object === '' ? '' : `${object}${level === 'ok' || level === 'skipped' ? ' ' : ': '}`
  return `${file}:${line}: ${mark}${subject}${text}\n`
}

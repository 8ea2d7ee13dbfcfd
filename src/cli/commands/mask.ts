import { type CliContext, type Command, UsageError } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseFlags } from '../flags.ts'
import { readInput } from '../input-files.ts'

const help = `Masks secrets in a stream, by the code that masks the logs of steps.

Usage: c8s mask --secret-file FILE [--secret-file FILE…]

Reads standard input and writes it as it comes, with each secret replaced by
*** in all the forms that a log is searched for: as it is, line by line, in
base64, URL-encoded, JSON-escaped, in hex. Each FILE holds one secret.

      --secret-file FILE    a file whose content is a secret; may be repeated

Says on standard error which secrets are too short to be masked.
Exit code: 0; 2 without a secret; 3 when a file is missing.

  make test 2>&1 | c8s mask --secret-file token.txt
`

export const mask: Command = {
  name: 'mask',
  summary: 'mask secrets in a stream, as the logs of steps are masked',
  help,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, { 'secret-file': { type: 'string', multiple: true } })
    const paths = values['secret-file'] ?? []
    if (paths.length === 0) throw new UsageError('name at least one --secret-file')
    if (positionals.length > 0)
      throw new UsageError(`it reads standard input only, not ${JSON.stringify(positionals[0])}`)
    if (paths.includes('-'))
      throw new UsageError('a secret cannot be read from standard input, which is what is masked')
    const files = await Promise.all(paths.map((path) => readInput(path, context)))
    const missing = files.find((file) => 'message' in file)
    if (missing !== undefined) {
      // Nothing is shown before every secret is known: masking fails closed.
      await context.writeError(`c8s: ${missing.name}: ${missing.message}\n`)
      return missing.exitCode
    }
    const secrets = files.flatMap((file) => ('bytes' in file ? [{ name: file.name, value: file.bytes }] : []))
    return maskStream(secrets, context)
  },
}

async function maskStream(
  secrets: readonly { readonly name: string; readonly value: Uint8Array }[],
  context: CliContext,
): Promise<number> {
  const masker = context.createMasker(secrets)
  for (const name of masker.unmasked) await context.writeError(`c8s: ${name}: too short to be masked\n`)
  for await (const chunk of context.input) await context.writeOutput(masker.push(chunk))
  await context.writeOutput(masker.end())
  return exitCodes.ok
}

import { escapeControls } from '../../lib/field-error.ts'
import { type CliContext, type Command, UsageError } from '../command.ts'
import type { DoctorFinding } from '../doctor/check.ts'
import { gatherFacts } from '../doctor/gather.ts'
import { judgeFacts } from '../doctor/registry.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseFlags } from '../flags.ts'

const help = `Looks for what is wrong with an installation of c8s.

Usage: c8s doctor [-o table|json] [--kubeconfig FILE] [--context NAME]

Reads the cluster of the kubeconfig with your own rights, and changes nothing.
Compares it with what this version of c8s installs, so use the version that is
installed. What you may not read is told as a warning.

  -o, --output FORMAT       table (the default), or json
      --kubeconfig FILE     instead of KUBECONFIG and ~/.kube/config
      --context NAME        instead of the current context

Prints what each check found, and what to do about it.
Exit code: 0 without errors, also with warnings; 1 with an error, or when the
cluster cannot be asked.

  c8s doctor
  c8s doctor --context prod
  c8s doctor -o json | jq -r '.findings[] | select(.level == "error").message'
`

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what is wrong with an installation of c8s',
  help,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, {
      output: { type: 'string', short: 'o' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
    })
    const { output = 'table', kubeconfig, context: name } = values
    if (output !== 'table' && output !== 'json')
      throw new UsageError(`there is no output ${JSON.stringify(output)}: table or json`)
    if (positionals.length > 0) throw new UsageError(`it takes no argument, such as ${JSON.stringify(positionals[0])}`)
    const findings = await examine(context, { kubeconfig, context: name })
    await context.writeOutput(
      output === 'json' ? `${JSON.stringify({ findings }, undefined, 2)}\n` : renderTable(findings),
    )
    return findings.some(({ level }) => level === 'error') ? exitCodes.fault : exitCodes.ok
  },
}

async function examine(
  context: CliContext,
  choice: Parameters<CliContext['openCluster']>[0],
): Promise<readonly DoctorFinding[]> {
  const cluster = await context.openCluster(choice)
  try {
    const facts = await gatherFacts(cluster)
    // Who cannot even be asked its version is not there; fifteen warnings would say less.
    if ('unreadable' in facts.server) throw new Error(facts.server.unreadable)
    return judgeFacts(facts)
  } finally {
    cluster.close()
  }
}

function renderTable(findings: readonly DoctorFinding[]): string {
  const widths = { level: 10, check: Math.max(...findings.map(({ check }) => check.length)) + 3 }
  // What objects say of themselves is shown on a terminal, and is whoever's who may write their status while no webhook holds it.
  const toLine = (level: string, check: string, text: string) =>
    `${level.padEnd(widths.level)}${check.padEnd(widths.check)}${escapeControls(text)}\n`
  const rows = findings.map(({ level, check, message, remedy }) => {
    return toLine(level, check, message) + (remedy === undefined ? '' : toLine('', '', `do: ${remedy}`))
  })
  return toLine('LEVEL', 'CHECK', 'MESSAGE') + rows.join('')
}

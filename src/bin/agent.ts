import { parseCloneOptions, parseShipOptions } from '../agent/options.ts'
import { writeReport } from '../agent/report.ts'
import { type AgentReport, cloneOptionsVariable, shipOptionsVariable } from '../lib/agent-options.ts'

/** The tools of a step's pod: `agent.mjs ship` and `agent.mjs clone`, told what to do by one JSON variable each. */
const tools: Readonly<Record<string, () => Promise<number>>> = { ship: runShip, clone: runClone }

/** Milliseconds before each further try after a network failure. */
const clonePauses = [1000, 3000, 9000]

async function runShip(): Promise<number> {
  const { ship } = await import('../agent/ship.ts')
  const options = parseShipOptions(process.env[shipOptionsVariable])
  const end = await ship(options, { output: 1, onTerminate: (listener) => process.on('SIGTERM', listener) })
  report(end.report)
  return end.exitCode
}

async function runClone(): Promise<number> {
  const { clone } = await import('../agent/clone.ts')
  // Process 1 is not ended by a signal it does not listen to.
  process.on('SIGTERM', () => process.exit(143))
  process.umask(0o002)
  const options = parseCloneOptions(process.env[cloneOptionsVariable])
  const end = await clone(options, { environment: process.env, output: 1, pauses: clonePauses })
  report(end)
  process.stdout.write(`c8s: ${end.message}\n`)
  return end.reason === 'Cloned' ? 0 : 1
}

function report(end: AgentReport): void {
  writeReport(process.env['C8S_TERMINATION_LOG'] ?? '/dev/termination-log', end)
}

const tool = tools[process.argv[2] ?? '']
if (tool === undefined) fail(`expected one of ${Object.keys(tools).join(', ')}`)
process.exit(await tool().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error))))

/** Wrong arguments or options (sysexits.h, EX_USAGE). */
function fail(message: string): never {
  process.stderr.write(`c8s agent: ${message}\n`)
  process.exit(64)
}

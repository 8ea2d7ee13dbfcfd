import { parseShipOptions } from '../agent/options.ts'
import { writeReport } from '../agent/report.ts'
import { ship } from '../agent/ship.ts'
import { shipOptionsVariable } from '../lib/agent-options.ts'

/** The tools of a step's pod: `agent.mjs ship` and `agent.mjs clone`, told what to do by one JSON variable each. */
const tools = { ship: runShip }

const terminationLog = process.env['C8S_TERMINATION_LOG'] ?? '/dev/termination-log'

async function runShip(): Promise<number> {
  const options = parseShipOptions(process.env[shipOptionsVariable])
  const end = await ship(options, { output: 1, onTerminate: (listener) => process.on('SIGTERM', listener) })
  writeReport(terminationLog, end.report)
  return end.exitCode
}

const tool = process.argv[2] === 'ship' ? tools.ship : undefined
if (tool === undefined) {
  process.stderr.write('c8s agent: expected ship or clone\n')
  process.exit(64)
}
process.exit(await tool())

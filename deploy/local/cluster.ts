import process from 'node:process'
import { takeDown } from './down.ts'
import { findRefusal } from './host.ts'
import { createStderrProgress } from './progress.ts'
import { gatherStatus, isWell, renderStatus } from './status.ts'
import { bringUp } from './up.ts'

const USAGE = `usage: npm run cluster -- up | down | status
  up      start the local cluster, or repair it; the last line printed is its kubeconfig's path
  down    end it and remove what it left; the built binaries stay
  status  say what runs; exit code 1 when something does not`

/** Answers the exit code. */
async function runCommand(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args
  if (rest.length > 0) return refuse()
  // Another node is in the way of `up` only, which looks for one itself.
  const refusal = findRefusal({ platform: process.platform, isRoot: process.getuid?.() === 0, foreign: [] })
  if (refusal !== undefined) throw new Error(refusal)
  switch (command) {
    case 'up':
      console.log(await bringUp(createStderrProgress()))
      return 0
    case 'down':
      await takeDown(createStderrProgress())
      return 0
    case 'status': {
      const status = await gatherStatus()
      console.log(renderStatus(status))
      return isWell(status) ? 0 : 1
    }
    default:
      return refuse()
  }
}

function refuse(): number {
  console.error(USAGE)
  return 64
}

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

import process from 'node:process'
import { createLog } from './log.ts'

/** A role runs until it is told to stop; each is a chunk of its own, so that none loads what another needs. */
export interface RunningRole {
  stop(): Promise<void>
}

const roles: Readonly<Record<string, () => Promise<{ start(): Promise<RunningRole> }>>> = {
  admission: () => import('./admission.ts'),
  controller: () => import('./controller.ts'),
  server: () => import('./server.ts'),
}

async function main(): Promise<void> {
  const name = process.argv[2] ?? ''
  const load = roles[name]
  if (load === undefined) {
    process.stderr.write(`c8s: there is no role ${JSON.stringify(name)}; there are ${Object.keys(roles).join(', ')}\n`)
    process.exit(64)
  }
  const log = createLog(name)
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'stopped by a fault')
    process.exit(1)
  }
  process.on('uncaughtException', fail).on('unhandledRejection', fail)
  const { start } = await load()
  const role = await start()
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping')
    role.stop().then(() => process.exit(0), fail)
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
}

await main()

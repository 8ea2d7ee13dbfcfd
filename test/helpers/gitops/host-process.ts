import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import process from 'node:process'
import { eventually } from '../eventually.ts'

export interface HostProgram {
  /** As messages name it. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** File that its words go to. */
  readonly log: string
  /** Whether it serves by now. */
  readonly isReady: () => Promise<boolean>
}

/** A process of this machine that lives as long as the test. */
export interface HostProcess {
  readonly pid: number | undefined
  /** Throws its last words when it has ended by itself. */
  check(): void
  lastWords(lines?: number): string
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts a program and waits until it serves. It ends with the test's own process, however that ends. */
export async function startHostProcess(options: HostProgram): Promise<HostProcess> {
  const output = openSync(options.log, 'a')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', options.program, ...options.args], {
    cwd: '/',
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.on('error', () => undefined)
  const host = watchOver(child, options)
  try {
    await eventually(`${options.name} did not serve`, () => look(host, options), 60)
  } catch (failure) {
    await host.stop('SIGKILL')
    throw new Error(`${(failure as Error).message}\n${host.lastWords()}`, { cause: failure })
  }
  return host
}

async function look(host: HostProcess, { isReady }: HostProgram): Promise<true | undefined> {
  host.check()
  return (await isReady()) || undefined
}

function watchOver(child: ChildProcess, { name, log }: HostProgram): HostProcess {
  let isWanted = true
  const hasEnded = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null
  const lastWords = (lines = 15) => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  return {
    pid: child.pid,
    lastWords,
    check() {
      if (isWanted && hasEnded())
        throw new Error(`${name} has ended (${child.exitCode ?? child.signalCode}); its last words:\n${lastWords()}`)
    },
    async stop(signal = 'SIGTERM') {
      isWanted = false
      if (hasEnded()) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    },
  }
}

/** Free ports of loopback, all different. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()))))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no free port on loopback')
    return address.port
  })
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

/** Whether a GET answers 200. */
export async function isServing(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

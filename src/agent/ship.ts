import { closeSync, constants, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AgentReport, ShipOptions } from '../lib/agent-options.ts'
import { createMasker, type Masker } from '../logs/masker.ts'
import { type Burst, createBurst } from './burst.ts'
import { readSecretFiles } from './secret-files.ts'
import { writeAll } from './write-all.ts'

export interface ShipEnd {
  readonly report: AgentReport
  readonly exitCode: number
}

/** What the shipper needs of its process. */
export interface ShipProcess {
  /** File descriptor of the container's log. */
  readonly output: number
  /** Calls back on SIGTERM, which must not end the process by itself. */
  onTerminate(listener: () => void): void
}

const chunkBytes = 65536
const pipeWaitMilliseconds = 10
const pipeLimitMilliseconds = 60_000
/** sysexits.h, EX_CONFIG. */
const configurationError = 78

/**
 * Carries the step's output from the log pipe to this container's log, masked. Says `ready` on the pipe `alive` beside it
 * once the masks are loaded and the log is open: only then does the step begin.
 */
export async function ship(options: ShipOptions, shipProcess: ShipProcess): Promise<ShipEnd> {
  const alivePath = join(dirname(options.logPath), 'alive')
  if (!(await waitForPipes([options.logPath, alivePath]))) {
    const message = `the pipe ${options.logPath} is not there; the postStart hook of the log shipper makes it`
    return { report: { reason: 'ShipFailed', message }, exitCode: 1 }
  }
  // Both ways, so that opening does not wait for the step; held until the end, because the step takes its closing for
  // our death.
  const alive = openSync(alivePath, constants.O_RDWR | constants.O_NONBLOCK)
  const masker = loadMasker(options.maskDirectory)
  if (masker instanceof Error) {
    // A step that comes later finds no pipe; one that waits already is told.
    unlinkSync(alivePath)
    writeSync(alive, 'failed\n')
    const message = `the secrets to be masked could not be read, so nothing was shown: ${masker.message}`
    return { report: { reason: 'MaskListUnreadable', message }, exitCode: configurationError }
  }
  writeAll(shipProcess.output, Buffer.from(describeUnmasked(masker)))
  const log = openSync(options.logPath, constants.O_RDONLY | constants.O_NONBLOCK)
  writeSync(alive, 'ready\n')
  const end = await carry({ log, masker, shipProcess })
  closeSync(alive)
  return end
}

/** The shipper and the postStart hook start at the same time. */
async function waitForPipes(paths: readonly string[]): Promise<boolean> {
  const isPipe = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFIFO() === true
  for (let waited = 0; !paths.every(isPipe); waited += pipeWaitMilliseconds) {
    if (waited > pipeLimitMilliseconds) return false
    await delay(pipeWaitMilliseconds)
  }
  return true
}

function loadMasker(directory: string | undefined): Masker | Error {
  try {
    return createMasker(directory === undefined ? [] : readSecretFiles(directory))
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Told where it is read: at the top of the log. Masking so short a value would hide ordinary text. */
function describeUnmasked({ unmasked }: Masker): string {
  return unmasked.length === 0 ? '' : `c8s: not masked, because shorter than 4 bytes: ${unmasked.join(', ')}\n`
}

interface Carriage {
  readonly log: number
  readonly masker: Masker
  readonly shipProcess: ShipProcess
}

/**
 * Reads until all writers of the pipe are gone, which is when the step's container is, however it ended. The socket
 * reads into one buffer and each read is written before the next, so a slow log slows the step and memory stays as it is.
 */
async function carry({ log, masker, shipProcess }: Carriage): Promise<ShipEnd> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  const buffer = Buffer.allocUnsafeSlow(chunkBytes)
  const output = createOutput(shipProcess.output)
  let hasBegun = false
  const take = (length: number, bytes: Uint8Array) => {
    hasBegun = true
    for (const part of masker.pushParts(bytes.subarray(0, length))) output.write(part)
    return true
  }
  const socket = new Socket({ fd: log, readable: true, writable: false, onread: { buffer, callback: take } })
  socket.on('end', resolve).on('error', reject).resume()
  shipProcess.onTerminate(() => {
    // Kubelet stops all containers at once, and the step's last words are still to come. Only where the step never
    // began is there nothing to wait for: a read gives 0 without a writer, EAGAIN with a silent one.
    if (hasBegun) return
    try {
      const length = readSync(log, buffer, 0, 1, null)
      if (length === 0) resolve()
      else take(length, buffer)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') reject(error)
    }
  })
  const failure = await ended.then(
    () => undefined,
    (error: unknown) => String(error),
  )
  output.write(masker.end())
  socket.destroy()
  await delay(output.burst.restMs(performance.now()))
  return toEnd(output, masker, failure)
}

interface Output {
  readonly burst: Burst
  write(bytes: Uint8Array): void
  received: number
  failure: string | undefined
}

/** After a failure what comes is dropped: the step must go on. */
function createOutput(descriptor: number): Output {
  return {
    burst: createBurst(),
    received: 0,
    failure: undefined,
    write(bytes) {
      this.received += bytes.length
      if (this.failure !== undefined) return
      try {
        writeAll(descriptor, bytes)
        this.burst.note(bytes.length, performance.now())
      } catch (error) {
        this.failure = String(error)
      }
    },
  }
}

function toEnd(output: Output, masker: Masker, readFailure: string | undefined): ShipEnd {
  const { unmasked } = masker
  const failure = output.failure ?? readFailure
  const names = unmasked.length === 0 ? {} : { unmasked }
  if (failure !== undefined) {
    const message = `the log is incomplete: ${failure}`
    return { report: { reason: 'ShipFailed', message, ...names }, exitCode: 1 }
  }
  return { report: { reason: 'Shipped', message: `${output.received} bytes of output`, ...names }, exitCode: 0 }
}

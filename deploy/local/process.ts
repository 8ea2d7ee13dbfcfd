import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part, PartName } from './part.ts'
import type { Site } from './site.ts'
import { sleep } from './sleep.ts'

/** Which process a part is. A pid alone is not enough: the kernel gives it to somebody else one day. */
export interface ProcessRecord {
  pid: number
  /** Clock ticks between the machine's start and the process's. */
  startTicks: string
  /** The kernel's id of this start of the machine. */
  boot: string
}

const STOP_WAIT_MS = 10_000
const KILL_WAIT_MS = 5_000
const POLL_MS = 20

export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** State letter and start time from /proc/<pid>/stat; the program's name in it may hold spaces and brackets. */
export function parseProcessStat(text: string): { state: string; startTicks: string } | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks }
}

export function readProcessStat(pid: number): { state: string; startTicks: string } | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

export function isSameProcess(record: ProcessRecord, boot: string): boolean {
  const stat = readProcessStat(record.pid)
  // Z: ended, and only its parent has not taken note.
  return record.boot === boot && stat !== undefined && stat.state !== 'Z' && stat.startTicks === record.startTicks
}

export function listProcesses(): { pid: number; args: string[] }[] {
  const found: { pid: number; args: string[] }[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1)
      if (args.length > 0) found.push({ pid: Number(name), args })
    } catch {
      // It ended while we were looking.
    }
  }
  return found
}

/** The part's live process: from its pid file, or, where a killed session left none, by its exact command line. */
export function findProcess(site: Site, part: Pick<Part, 'name' | 'command' | 'args'>): ProcessRecord | undefined {
  const boot = readBootId()
  const record = readRecord(site, part.name)
  if (record !== undefined && isSameProcess(record, boot)) return record
  const wanted = [part.command, ...part.args].join('\0')
  const stray = listProcesses().find((one) => one.args.join('\0') === wanted)
  return stray === undefined ? undefined : recordProcess(site, part.name, stray.pid)
}

export function readRecord(site: Site, name: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(site.processes, `${name}.json`), 'utf8')) as ProcessRecord
  } catch {
    return undefined
  }
}

export function listRecordedNames(site: Site): string[] {
  try {
    return readdirSync(site.processes)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
  } catch {
    return []
  }
}

function recordProcess(site: Site, name: PartName, pid: number): ProcessRecord | undefined {
  const stat = readProcessStat(pid)
  if (stat === undefined) return undefined
  const record = { pid, startTicks: stat.startTicks, boot: readBootId() }
  mkdirSync(site.processes, { recursive: true })
  writeFileSync(join(site.processes, `${name}.json`), JSON.stringify(record))
  return record
}

export function logPath(site: Site, name: string): string {
  return join(site.logs, `${name}.log`)
}

/** Starts a part as a session of its own: it outlives us, and Ctrl-C does not reach it. */
export function startProcess(site: Site, part: Part, environment: Record<string, string>): void {
  mkdirSync(site.logs, { recursive: true })
  keepPreviousLog(logPath(site, part.name))
  const log = openSync(logPath(site, part.name), 'a')
  const child = spawn(part.command, part.args, {
    cwd: '/',
    detached: true,
    env: environment,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => undefined)
  child.unref()
  if (child.pid === undefined)
    throw new Error(`cannot start ${part.name}: ${part.command} is missing or not executable`)
  recordProcess(site, part.name, child.pid)
}

function keepPreviousLog(path: string): void {
  try {
    renameSync(path, path.replace(/\.log$/, '.previous.log'))
  } catch {
    // The first start has no log before it.
  }
}

export function readLogTail(site: Site, name: string, lines: number): string {
  try {
    return readFileSync(logPath(site, name), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log was written)'
  }
}

/** Ends a process and waits until it is gone, because its ports are free only then. */
export async function stopProcess(record: ProcessRecord, patienceMs = STOP_WAIT_MS): Promise<void> {
  const boot = readBootId()
  const isGone = (): boolean => !isSameProcess(record, boot)
  for (const [signal, patience] of [
    ['SIGTERM', patienceMs],
    ['SIGKILL', KILL_WAIT_MS],
  ] as const) {
    if (isGone()) return
    sendSignal(record.pid, signal)
    if (await waitFor(isGone, patience)) return
  }
  throw new Error(`process ${record.pid} does not end, even by SIGKILL; restart the machine`)
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Already gone.
  }
}

export async function waitFor(isTrue: () => boolean, patienceMs: number): Promise<boolean> {
  const end = Date.now() + patienceMs
  while (!isTrue()) {
    if (Date.now() > end) return false
    await sleep(POLL_MS)
  }
  return true
}

export function forgetProcess(site: Site, name: string): void {
  rmSync(join(site.processes, `${name}.json`), { force: true })
}

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { kubectl } from '../../deploy/install/kubectl.ts'
import type { Bench } from './bench-cluster.ts'
import { createFinishedRuns } from './finished-runs.ts'
import { type Row, toFigure } from './measurement.ts'

const runs = 1000
const namespace = 'c8s-bench-idle'

/** Command lines of all processes of this machine; the pods of a local cluster run on it. */
function findProcesses(...words: readonly string[]): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return command[0]?.endsWith('node') === true && words.every((word) => command.includes(word))
      } catch {
        return false
      }
    })
}

/** In MB (1,000,000 bytes), as the kernel counts it. */
function readMemory(pid: number, field: 'VmRSS' | 'RssAnon'): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return (Number(kib) * 1024) / 1_000_000
}

/** Resident memory of the process of a role that has the most, in MB. */
export function readRoleMemory(role: string): number {
  return Math.max(...findProcesses('/app/c8s.mjs', role).map((pid) => readMemory(pid, 'VmRSS')))
}

/** Clock ticks of /proc a second, on every Linux that Node runs on. */
const ticksPerSecond = 100

/** CPU that all processes of a role have used since they started, in ms. */
export function readRoleCpu(role: string): number {
  const ticks = findProcesses('/app/c8s.mjs', role).map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // utime and stime, fields 14 and 15; the name before them may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return (ticks.reduce((sum, each) => sum + each, 0) * 1000) / ticksPerSecond
}

/** Resident memory of each role, the process with the most, with 1,000 finished runs in the cluster. */
export async function measureRoles(bench: Bench): Promise<readonly Row[]> {
  await createFinishedRuns(bench, { namespace, from: 0, to: runs })
  // Idle: what the creating left behind has been collected.
  await sleep(20_000)
  const rows = ['admission', 'controller', 'server'].map((role) => {
    return toFigure({
      id: `rss-${role}`,
      what: `memory of ${role}, 1,000 finished runs`,
      value: readRoleMemory(role),
      target: 100,
      unit: 'MB',
    })
  })
  kubectl(bench.target, ['delete', 'namespace', namespace, '--wait=false'])
  return rows
}

/** Own memory of the shipper while its step writes 50 MB and then sleeps. */
export async function measureShipper(bench: Bench): Promise<readonly Row[]> {
  const step = { ...bench.step('write'), commands: ['seq 1 6500000', 'sleep 5'] }
  const name = await bench.startRun('shipper-memory', [step])
  await bench.waitForStep(name, 'write', 'Running')
  let value = 0
  for (let i = 0; i < 20; i += 1) {
    await sleep(250)
    const memory = findProcesses('/app/agent.mjs', 'ship').map((pid) => readMemory(pid, 'RssAnon'))
    value = Math.max(value, ...memory)
  }
  await bench.waitForEnd(name)
  const what = 'own memory of the shipper (RssAnon), peak over 50 MB of output'
  return [toFigure({ id: 'shipper-memory', what, value, target: 20, unit: 'MB' })]
}

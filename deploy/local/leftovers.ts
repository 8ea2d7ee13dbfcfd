import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { containerdSocket } from './containerd.ts'
import { listProcesses, readProcessStat, sendSignal, waitFor } from './process.ts'
import { runOrThrow, runToEnd } from './run.ts'
import type { Site } from './site.ts'

const CGROUPS = '/sys/fs/cgroup'
/** kubelet's own group; a kubelet inside a container has its group below that container's. */
const POD_CGROUP = 'kubepods'
/** kubelet, containerd and the network plug-ins make these whatever they are told. */
const FIXED_FILES = ['/var/lib/kubelet/device-plugins/kubelet.sock', '/var/lib/kubelet/device-plugins/DEPRECATION']
const FIXED_FOLDERS = [
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet',
  '/var/lib/cni/results',
  '/var/lib/cni',
  '/run/containerd/s',
  '/run/containerd',
  '/var/log/containers',
]
const END_WAIT_MS = 5_000

/** Ends every container and its shim. Called when kubelet and containerd are gone already, so nothing restarts them. */
export async function endContainers(site: Site): Promise<void> {
  const folders = listPodCgroups()
  const isEmpty = (): boolean => {
    const pids = folders.flatMap(listPidsBelow)
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    return pids.length === 0
  }
  if (!(await waitFor(isEmpty, END_WAIT_MS))) throw new Error('some containers do not end, even by SIGKILL')
  const shims = listProcesses().filter(({ args }) => isShimOf(args, containerdSocket(site)))
  for (const { pid } of shims) sendSignal(pid, 'SIGKILL')
  await waitFor(() => shims.every(({ pid }) => isOver(pid)), END_WAIT_MS)
  for (const folder of folders) removeCgroup(folder)
}

function isOver(pid: number): boolean {
  const stat = readProcessStat(pid)
  return stat === undefined || stat.state === 'Z'
}

/** A shim says on its command line which containerd it belongs to. */
export function isShimOf(args: readonly string[], socket: string): boolean {
  const at = args.indexOf('-address')
  return (args[0] ?? '').includes('containerd-shim') && at >= 0 && args[at + 1] === socket
}

/** One folder per hierarchy with cgroup v1, one in all with v2. */
function listPodCgroups(): string[] {
  const candidates = [CGROUPS, ...listFolders(CGROUPS).map((name) => join(CGROUPS, name))]
  return candidates.map((folder) => join(folder, POD_CGROUP)).filter((folder) => existsSync(folder))
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    return []
  }
}

function listPidsBelow(folder: string): number[] {
  const below = listFolders(folder).flatMap((name) => listPidsBelow(join(folder, name)))
  try {
    const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
    // 0 stands for a process of another pid namespace, and kill(0) would reach ourselves.
    return [...own.filter((pid) => pid > 0), ...below]
  } catch {
    return below
  }
}

function removeCgroup(folder: string): void {
  for (const name of listFolders(folder)) removeCgroup(join(folder, name))
  try {
    rmdirSync(folder)
  } catch {
    // A process that is just ending still holds it; an empty group costs nothing and is used again.
  }
}

/** Mount points below a folder, deepest first, from the text of /proc/self/mountinfo. */
export function listMountsBelow(mountinfo: string, folder: string): string[] {
  const points = mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`)).reverse()
}

export async function unmountBelow(folder: string): Promise<void> {
  for (const point of listMountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), folder)) {
    const result = await runToEnd('umount', [point])
    if (result.code !== 0) await runOrThrow('umount', ['--lazy', point])
  }
}

/** Files that the programs put at fixed places outside the cluster's folder. */
export function removeOutsideFiles(site: Site): void {
  removeWhere('/var/log/containers', (path) => pointsInto(path, site.folder))
  removeNetworkResults()
  for (const socket of listShimSockets(site)) rmSync(socket, { force: true })
  for (const path of FIXED_FILES) rmSync(path, { force: true })
  for (const folder of FIXED_FOLDERS) removeWhenEmpty(folder)
}

function removeWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody else's files are in it, or it is not there.
  }
}

/** The loopback's results carry no network name of ours, only the id of a sandbox that has one. */
function removeNetworkResults(): void {
  const folder = '/var/lib/cni/results'
  const names = existsSync(folder) ? readdirSync(folder) : []
  const ids = names.flatMap((name) => /^c8s-local-([0-9a-f]{64})-/.exec(name)?.[1] ?? [])
  removeWhere(folder, (path) => ids.some((id) => path.includes(id)))
}

function removeWhere(folder: string, isOurs: (path: string) => boolean): void {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return
  }
  for (const path of names.map((name) => join(folder, name))) if (isOurs(path)) rmSync(path, { force: true })
}

function pointsInto(path: string, folder: string): boolean {
  try {
    return readlinkSync(path).startsWith(`${folder}/`)
  } catch {
    return false
  }
}

/** Each task's folder names the socket of its shim, which lies in a folder shared by all containerds. */
function listShimSockets(site: Site): string[] {
  const tasks = join(site.run, 'containerd', 'io.containerd.runtime.v2.task', 'k8s.io')
  return listFolders(tasks).flatMap((id) => {
    try {
      return [readFileSync(join(tasks, id, 'address'), 'utf8').replace('unix://', '')]
    } catch {
      return []
    }
  })
}

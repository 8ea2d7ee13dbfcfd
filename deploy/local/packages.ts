import { existsSync, rmSync, writeFileSync } from 'node:fs'
import type { Progress } from './progress.ts'
import { runOrThrow, runToEnd } from './run.ts'

/** A Debian package, and a file that shows that it (or something as good) is there. */
export interface SystemPackage {
  name: string
  proof: string
}

export const systemPackages: readonly SystemPackage[] = [
  { name: 'containerd', proof: '/usr/bin/containerd' },
  { name: 'runc', proof: '/usr/sbin/runc' },
  { name: 'containernetworking-plugins', proof: '/usr/lib/cni/ptp' },
  { name: 'docker-registry', proof: '/usr/bin/docker-registry' },
  { name: 'iptables', proof: '/usr/sbin/iptables' },
  { name: 'iproute2', proof: '/usr/sbin/ip' },
  { name: 'conntrack', proof: '/usr/sbin/conntrack' },
  { name: 'socat', proof: '/usr/bin/socat' },
  { name: 'ethtool', proof: '/usr/sbin/ethtool' },
  { name: 'openssl', proof: '/usr/bin/openssl' },
  { name: 'busybox-static', proof: '/usr/share/doc/busybox-static/copyright' },
]

/** For Go programs with parts in C. */
export const compilerPackages: readonly SystemPackage[] = [
  { name: 'gcc', proof: '/usr/bin/gcc' },
  { name: 'libc6-dev', proof: '/usr/include/stdio.h' },
]

/** For Argo CD, whose parts share a cache in redis. */
export const redisPackages: readonly SystemPackage[] = [{ name: 'redis-server', proof: '/usr/bin/redis-server' }]

const STOP_SERVICES = '/usr/sbin/policy-rc.d'

export function planPackages(
  isThere: (path: string) => boolean,
  wanted: readonly SystemPackage[] = systemPackages,
): string[] {
  // Docker's own containerd.io brings both, as /usr/bin/containerd and /usr/bin/runc, and conflicts with Debian's.
  const hasOtherRunc = isThere('/usr/bin/runc')
  return wanted
    .filter(({ name, proof }) => !isThere(proof) && !(name === 'runc' && hasOtherRunc))
    .map(({ name }) => name)
}

/** Installs the Debian packages that are missing; asks nothing, starts no service. */
export async function installPackages(progress: Progress, wanted = systemPackages): Promise<void> {
  const missing = planPackages(existsSync, wanted)
  if (missing.length === 0) return
  const hasApt = (await runToEnd('apt-get', ['--version'])).code === 0
  if (!hasApt) {
    throw new Error(`these Debian packages are needed, and there is no apt-get to install them: ${missing.join(' ')}`)
  }
  await progress.during(`installing Debian packages: ${missing.join(' ')}`, () =>
    withoutServices(() => install(missing)),
  )
}

async function install(names: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const args = ['install', '--yes', '--quiet', '--no-install-recommends', ...names]
  if ((await runToEnd('apt-get', args, { env })).code === 0) return
  // The lists may be missing or too old to name what the mirror has.
  await runOrThrow('apt-get', ['update', '--quiet'], { env })
  await runOrThrow('apt-get', args, { env })
}

/** A packaged registry or containerd must not start by itself beside ours; Debian asks this script. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  const isOurs = !existsSync(STOP_SERVICES)
  if (isOurs) writeFileSync(STOP_SERVICES, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await work()
  } finally {
    if (isOurs) rmSync(STOP_SERVICES, { force: true })
  }
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withoutClusterRules } from './firewall.ts'
import { runOrThrow, runToEnd } from './run.ts'
import { localRegistry, settings } from './settings.ts'
import type { Site } from './site.ts'

const HOSTS_FILE = '/etc/hosts'
const HOSTS_MARK = '# c8s local cluster'
const FORWARDING = '/proc/sys/net/ipv4/ip_forward'

/** Pods reach what is outside the cluster under the machine's own address. */
const MASQUERADE =
  `POSTROUTING -s ${settings.podRange} ! -d 10.0.0.0/8 -m comment --comment c8s-local -j MASQUERADE`.split(' ')

const routes: readonly (readonly string[])[] = [
  // Where kube-proxy has no rule yet, a call to a Service must not leave by the default route.
  [settings.serviceRange, 'dev', 'lo', 'src', settings.nodeAddress],
  // Pods have a host route each; whoever calls a pod that is gone learns it at once.
  ['unreachable', settings.podRange, 'metric', '4000000'],
]

/** Addresses, routes and the registry's name. Done again on every `up`, so what somebody removed comes back. */
export async function applyNetwork(site: Site): Promise<void> {
  await runOrThrow('ip', ['address', 'replace', `${settings.nodeAddress}/32`, 'dev', 'lo'])
  for (const route of routes) await runOrThrow('ip', ['route', 'replace', ...route])
  rememberForwarding(site)
  const isThere = await runToEnd('iptables', ['-w', '-t', 'nat', '-C', ...MASQUERADE])
  if (isThere.code !== 0) await runOrThrow('iptables', ['-w', '-t', 'nat', '-A', ...MASQUERADE])
  writeHosts((text) => withRegistryName(text))
}

function rememberForwarding(site: Site): void {
  const value = readFileSync(FORWARDING, 'utf8').trim()
  if (value === '1') return
  writeFileSync(join(site.folder, 'ip-forward-before'), value)
  writeFileSync(FORWARDING, '1')
}

/** Takes back everything that `applyNetwork`, kube-proxy and the network plug-ins did. */
export async function removeNetwork(site: Site): Promise<void> {
  for (const route of routes) await runToEnd('ip', ['route', 'del', ...route])
  await runToEnd('ip', ['address', 'del', `${settings.nodeAddress}/32`, 'dev', 'lo'])
  for (const program of ['iptables', 'ip6tables']) await removeRules(program)
  writeHosts((text) => withoutRegistryName(text))
  try {
    writeFileSync(FORWARDING, readFileSync(join(site.folder, 'ip-forward-before'), 'utf8'))
  } catch {
    // Forwarding was on before us, and stays on.
  }
}

async function removeRules(program: string): Promise<void> {
  const saved = await runToEnd(`${program}-save`, [])
  if (saved.code !== 0) return
  const kept = withoutClusterRules(saved.stdout)
  if (kept !== saved.stdout) await runOrThrow(`${program}-restore`, ['-w'], { input: kept })
}

function writeHosts(change: (text: string) => string): void {
  const before = readFileSync(HOSTS_FILE, 'utf8')
  const after = change(before)
  // In place, not by renaming: in a container /etc/hosts is a mount.
  if (after !== before) writeFileSync(HOSTS_FILE, after)
}

export function withRegistryName(hosts: string): string {
  const line = `${settings.nodeAddress} ${localRegistry.domain} ${HOSTS_MARK}`
  if (hosts.split('\n').includes(line)) return hosts
  const rest = withoutRegistryName(hosts)
  return `${rest}${rest === '' || rest.endsWith('\n') ? '' : '\n'}${line}\n`
}

export function withoutRegistryName(hosts: string): string {
  return hosts
    .split('\n')
    .filter((line) => !line.endsWith(HOSTS_MARK))
    .join('\n')
}

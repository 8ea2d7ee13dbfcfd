import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { RepositoryUrl } from '../../lib/repository.ts'
import { ForgeError } from '../forge.ts'
import { isAllowedAddress } from '../http/addresses.ts'

export interface AddressDeps {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** IP addresses of a name; throws where there are none. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  /** For servers on this machine: tests. */
  readonly allowLoopback?: boolean
}

/**
 * Addresses at which a repository's host may be reached: who may name a repository may not thereby reach what only c8s's own
 * pod can. Empty where the name is not ours to resolve: behind a proxy. Throws ForgeError.
 */
export async function findAddresses(deps: AddressDeps, url: RepositoryUrl): Promise<readonly string[]> {
  const { environment, resolve = resolveHost, allowLoopback = false } = deps
  const host = url.host.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && hasProxy(environment, url)) return []
  const addresses = await resolve(host).catch(() => {
    throw new ForgeError('unavailable', `the name ${host} of the repository cannot be resolved`)
  })
  const refused = addresses.find((address) => !isAllowedAddress(address, allowLoopback))
  if (refused === undefined && addresses.length > 0) return addresses
  const message = `the host ${host} of the repository is at an address that c8s does not call: use one that is reachable from other machines`
  throw new ForgeError('forbidden', message)
}

async function resolveHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

function hasProxy(environment: AddressDeps['environment'], { scheme, host }: RepositoryUrl): boolean {
  if (scheme !== 'http' && scheme !== 'https') return false
  const names = scheme === 'http' ? ['http_proxy'] : ['https_proxy', 'HTTPS_PROXY']
  return names.some((name) => (environment[name] ?? '') !== '') && !isExempt(environment, host)
}

/** As curl reads it: names, each with all below it, or a star for every host. */
function isExempt(environment: AddressDeps['environment'], host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  const listed = ['no_proxy', 'NO_PROXY'].flatMap((variable) => (environment[variable] ?? '').split(/[\s,]+/))
  return listed
    .map((entry) => entry.toLowerCase().replace(/^\.|\.$/g, ''))
    .some((entry) => entry === '*' || (entry !== '' && (name === entry || name.endsWith(`.${entry}`))))
}

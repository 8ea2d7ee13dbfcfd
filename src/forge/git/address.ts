import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { RepositoryUrl } from '../../lib/repository.ts'
import { ForgeError } from '../forge.ts'

const networks = {
  ipv4: ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '100.100.100.200/32'],
  ipv6: ['::/127', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128'],
} as const

/** Who may name a repository may not thereby reach what only c8s's own pod can: itself, its node, the cloud's metadata. */
const forbidden = createForbidden()

function createForbidden(): BlockList {
  const list = new BlockList()
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const network of networks[family]) {
      const [address = '', bits] = network.split('/')
      list.addSubnet(address, Number(bits), family)
    }
  }
  return list
}

/** Private addresses are allowed: a forge inside the cluster or the company has one. */
export function isReachableAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !forbidden.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

export interface AddressDeps {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** IP addresses of a name; throws where there are none. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly isAllowedAddress?: (address: string) => boolean
}

/**
 * Addresses at which a repository's host may be reached. Empty where the name is not ours to resolve: behind a proxy.
 * Throws ForgeError.
 */
export async function findAddresses(deps: AddressDeps, url: RepositoryUrl): Promise<readonly string[]> {
  const { environment, resolve = resolveHost, isAllowedAddress = isReachableAddress } = deps
  const host = url.host.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && hasProxy(environment, url)) return []
  const addresses = await resolve(host).catch(() => {
    throw new ForgeError('unavailable', `the name ${host} of the repository cannot be resolved`)
  })
  const refused = addresses.find((address) => !isAllowedAddress(address))
  if (refused === undefined && addresses.length > 0) return addresses
  const message = `the host ${host} of the repository is at an address that c8s does not call: use one that is reachable from other machines`
  throw new ForgeError('forbidden', message)
}

async function resolveHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

function hasProxy(environment: AddressDeps['environment'], { scheme }: RepositoryUrl): boolean {
  if (scheme !== 'http' && scheme !== 'https') return false
  const names = scheme === 'http' ? ['http_proxy'] : ['https_proxy', 'HTTPS_PROXY']
  return names.some((name) => (environment[name] ?? '') !== '')
}

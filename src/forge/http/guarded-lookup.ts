import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isAllowedAddress } from './addresses.ts'

/** The host has an address that c8s does not connect to. */
export class RefusedAddress extends Error {
  constructor(host: string, address: string) {
    super(host === address ? `${address} is` : `${host} is ${address},`)
    this.name = 'RefusedAddress'
  }
}

/** All addresses of a name; dns.lookup has this form. */
export type LookupAll = (
  hostname: string,
  options: { readonly all: true; readonly verbatim?: boolean },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * A lookup for sockets that gives an error where any address of the name is refused. The socket connects to what this call
 * gave, so a name that changes its address between two lookups gains nothing.
 */
export function createGuardedLookup(lookup: LookupAll, allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true, verbatim: true }, (error, addresses) => {
      const wanted = addresses?.filter(({ family }) => isWanted(options.family, family)) ?? []
      const [first] = wanted
      const bad = addresses?.find(({ address }) => !isAllowedAddress(address, allowLoopback))
      if (error !== null) callback(error, '', 0)
      else if (bad !== undefined) callback(new RefusedAddress(hostname, bad.address), '', 0)
      else if (first === undefined) callback(new Error(`${hostname} has no address`), '', 0)
      else if (options.all === true) callback(null, [...wanted])
      else callback(null, first.address, first.family)
    })
  }
}

/** Throws for a host that is an address itself: no lookup happens for it. */
export function checkLiteral(hostname: string, allowLoopback: boolean): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  const isLiteral = /^[0-9.]+$/.test(address) || address.includes(':')
  if (isLiteral && !isAllowedAddress(address, allowLoopback)) throw new RefusedAddress(address, address)
}

function isWanted(asked: number | string | undefined, family: number): boolean {
  return asked === undefined || asked === 0 || asked === family || asked === `IPv${family}`
}

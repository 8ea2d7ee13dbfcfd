import type { ParsedDelivery, Provider, RawDelivery } from '../../lib/forge-event.ts'

/** How the deliveries of one kind of forge are verified and read. Pure, and neither function ever throws. */
export interface IncomingProvider {
  readonly id: Provider
  /**
   * Whether somebody who knows the secret made this delivery. Takes the same time whatever secret and signature hold; false
   * for whatever is missing, malformed or truncated, and for an empty secret. nowMs is for signatures that hold a time.
   */
  verify(delivery: RawDelivery, secret: string, nowMs: number): boolean
  /**
   * Only for deliveries that verify let through. The caller then has to see that one of `repositories` is the connection's
   * repository: a holder of one repository's secret must not speak for another.
   */
  parse(delivery: RawDelivery): ParsedDelivery
}

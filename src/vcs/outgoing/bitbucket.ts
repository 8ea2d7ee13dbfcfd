import { toHost } from './address.ts'
import { bitbucketCloud } from './bitbucket-cloud.ts'
import { bitbucketDataCenter } from './bitbucket-data-center.ts'
import type { Outgoing } from './outgoing.ts'

/** Two products with one name and two APIs: whatever is not at bitbucket.org is a Data Center. */
export const bitbucket: Outgoing = {
  provider: 'bitbucket',
  open: (target) => {
    const isCloud = ['bitbucket.org', 'www.bitbucket.org', 'altssh.bitbucket.org'].includes(toHost(target.url))
    return (isCloud ? bitbucketCloud : bitbucketDataCenter).open(target)
  },
}

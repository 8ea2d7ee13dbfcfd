import type { ForgeEvent } from '../../lib/forge-event.ts'
import { listCloudRepositories, readCloudEvents } from './bitbucket-cloud.ts'
import { listDataCenterRepositories, readDataCenterEvents } from './bitbucket-data-center.ts'
import { ignored } from './fields.ts'
import { nameIn, type Opened, parseDelivery } from './payload.ts'
import type { IncomingProvider } from './provider.ts'
import { isHexSigned } from './signature.ts'

/** Bitbucket Cloud and Bitbucket Data Center, which tell the same by other names and in other shapes. */
export const bitbucket: IncomingProvider = {
  id: 'bitbucket',
  verify: ({ headers, body }, secret) =>
    isHexSigned({ bytes: body, secret, signature: headers['x-hub-signature'] }, 'sha256='),
  parse: (delivery) =>
    parseDelivery(delivery, {
      idHeaders: ['x-request-uuid', 'x-request-id'],
      readName: nameIn('x-event-key'),
      listRepositories: (payload) => [...listCloudRepositories(payload), ...listDataCenterRepositories(payload)],
      readEvents,
    }),
}

function readEvents(opened: Opened): readonly ForgeEvent[] | 'ping' {
  const events = readCloudEvents(opened) ?? readDataCenterEvents(opened)
  if (events === undefined) throw ignored('only pushes, pull requests and comments on them start or stop runs')
  if (events.length === 0) throw ignored('the push changed neither a branch nor a tag')
  return events
}

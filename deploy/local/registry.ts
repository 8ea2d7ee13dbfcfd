import { join } from 'node:path'
import type { Part, PartContext } from './part.ts'
import { localRegistry, ports, settings } from './settings.ts'

/** Debian's docker-registry: every image of the cluster is really pulled from it. */
export function describeRegistry({ site }: PartContext): Part {
  const path = join(site.config, 'registry.json')
  const config = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(site.data, 'registry') }, delete: { enabled: true } },
    http: { addr: `${settings.nodeAddress}:${ports.registry}` },
  }
  return {
    name: 'registry',
    command: '/usr/bin/docker-registry',
    args: ['serve', path],
    files: [{ path, content: JSON.stringify(config, null, 2) }],
    needs: [],
    health: { url: `${localRegistry.url}/v2/` },
  }
}

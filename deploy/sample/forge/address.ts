import { openServiceAddress, type ServiceAddress } from '../../install/service-address.ts'
import type { ChosenCluster } from '../../local/choose.ts'

/** The forge as this machine reaches it. Payloads and links keep the name that pods use. */
export function openForgeAddress(cluster: ChosenCluster, namespace: string): Promise<ServiceAddress> {
  return openServiceAddress(cluster, { namespace, name: 'gitea', port: 80 })
}

import type { KubectlTarget } from '../../install/kubectl.ts'
import { openServiceAddress, type ServiceAddress } from '../../install/service-address.ts'

/** The forge as this machine reaches it. Payloads and links keep the name that pods use. */
export function openForgeAddress(target: KubectlTarget, namespace: string): Promise<ServiceAddress> {
  return openServiceAddress(target, { namespace, name: 'gitea', port: 80 })
}

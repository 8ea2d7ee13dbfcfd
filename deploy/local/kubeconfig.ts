import { join } from 'node:path'
import { certificatePaths } from './certificates.ts'
import type { ConfigFile } from './part.ts'
import { contextName, ports, settings } from './settings.ts'
import type { Site } from './site.ts'

export const apiServerUrl = `https://${settings.nodeAddress}:${ports.apiServer}`

export function kubeconfigPath(site: Site, user: string): string {
  return join(site.config, `${user}.kubeconfig`)
}

/** A part's kubeconfig: it points to the key files. */
export function describeKubeconfig(site: Site, user: string): ConfigFile {
  const paths = certificatePaths(site, user)
  const content = renderKubeconfig({
    user,
    authority: { 'certificate-authority': paths.authority },
    credentials: { 'client-certificate': paths.certificate, 'client-key': paths.key },
  })
  return { path: kubeconfigPath(site, user), content }
}

/** The administrator's, with the keys inside, so that it can be copied. */
export function renderAdminKubeconfig(keys: { authority: string; certificate: string; key: string }): string {
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  return renderKubeconfig({
    user: 'admin',
    authority: { 'certificate-authority-data': encode(keys.authority) },
    credentials: { 'client-certificate-data': encode(keys.certificate), 'client-key-data': encode(keys.key) },
  })
}

interface KubeconfigParts {
  user: string
  authority: Record<string, string>
  credentials: Record<string, string>
}

/** JSON is YAML too, and every client reads it. */
function renderKubeconfig({ user, authority, credentials }: KubeconfigParts): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: contextName, cluster: { server: apiServerUrl, ...authority } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: contextName, context: { cluster: contextName, user } }],
    'current-context': contextName,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

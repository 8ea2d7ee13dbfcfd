import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import process from 'node:process'
import { certificatePaths } from '../../deploy/local/certificates.ts'
import { etcdUrl } from '../../deploy/local/etcd.ts'
import { planFolders } from '../../deploy/local/folders.ts'
import { planSite } from '../../deploy/local/site.ts'

/** Calls the store of the local cluster through its JSON gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/ */
export function askEtcd<T>(path: string, body: object): Promise<T> {
  const { certificate, key, authority } = certificatePaths(planSite(planFolders(process.env).state), 'etcd-client')
  const tls = { cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(authority) }
  return new Promise((resolve, reject) => {
    const call = request(`${etcdUrl}${path}`, { ...tls, method: 'POST' }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString()) as T))
    })
    call.on('error', reject)
    call.end(JSON.stringify(body))
  })
}

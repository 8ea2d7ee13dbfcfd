import { join } from 'node:path'
import { certificatePaths } from './certificates.ts'
import type { Part, PartContext } from './part.ts'
import { ports, settings } from './settings.ts'

export const etcdUrl = `https://${settings.nodeAddress}:${ports.etcd}`

/** Its own authority signs its clients, so that no other certificate of the cluster opens the store. */
export function describeEtcd({ site, tools }: PartContext): Part {
  const server = certificatePaths(site, 'etcd')
  const peerUrl = `https://${settings.nodeAddress}:${ports.etcdPeer}`
  return {
    name: 'etcd',
    command: tools['etcd'] as string,
    args: [
      '--name=local',
      `--data-dir=${join(site.data, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=local=${peerUrl}`,
      `--cert-file=${server.certificate}`,
      `--key-file=${server.key}`,
      '--client-cert-auth',
      `--trusted-ca-file=${server.authority}`,
      `--peer-cert-file=${server.certificate}`,
      `--peer-key-file=${server.key}`,
      '--peer-client-cert-auth',
      `--peer-trusted-ca-file=${server.authority}`,
      // A cluster that is thrown away need not survive a power cut; fsync is most of etcd's time here.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    files: [],
    needs: [],
    health: { url: `${etcdUrl}/health`, clientOf: 'etcd-client' },
  }
}

import { join } from 'node:path'
import { authorityPath, certificatePaths, serviceAccountKeys } from './certificates.ts'
import { etcdUrl } from './etcd.ts'
import { apiServerUrl, describeKubeconfig, kubeconfigPath } from './kubeconfig.ts'
import type { ConfigFile, Part, PartContext } from './part.ts'
import { ports, settings } from './settings.ts'
import type { Site } from './site.ts'

/** kube-controller-manager's default of 20 requests/s would cap the whole cluster at 3.3 Jobs/s. */
const CLIENT_LIMITS = ['--kube-api-qps=300', '--kube-api-burst=600']

export function describeApiServer({ site, tools }: PartContext): Part {
  const policy = describeAuditPolicy(site)
  return {
    name: 'kube-apiserver',
    command: tools['kube-apiserver'] as string,
    args: [
      `--bind-address=${settings.nodeAddress}`,
      `--advertise-address=${settings.nodeAddress}`,
      `--secure-port=${ports.apiServer}`,
      `--service-cluster-ip-range=${settings.serviceRange}`,
      '--authorization-mode=Node,RBAC',
      // On top of the default set, which holds PodSecurity, ResourceQuota and LimitRanger.
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      // The node's name resolves nowhere.
      '--kubelet-preferred-address-types=InternalIP',
      `--audit-policy-file=${policy.path}`,
      `--audit-log-path=${join(site.logs, 'audit.log')}`,
      '--audit-log-maxsize=200',
      '--audit-log-maxbackup=2',
      ...renderStoreFlags(site),
      ...renderIdentityFlags(site),
    ],
    files: [policy],
    needs: ['etcd'],
    health: { url: `${apiServerUrl}/readyz`, clientOf: 'admin' },
  }
}

function renderStoreFlags(site: Site): string[] {
  const client = certificatePaths(site, 'etcd-client')
  return [
    `--etcd-servers=${etcdUrl}`,
    `--etcd-cafile=${client.authority}`,
    `--etcd-certfile=${client.certificate}`,
    `--etcd-keyfile=${client.key}`,
  ]
}

function renderIdentityFlags(site: Site): string[] {
  const server = certificatePaths(site, 'kube-apiserver')
  const kubelet = certificatePaths(site, 'kubelet-client')
  const proxy = certificatePaths(site, 'front-proxy-client')
  const keys = serviceAccountKeys(site)
  return [
    `--tls-cert-file=${server.certificate}`,
    `--tls-private-key-file=${server.key}`,
    `--client-ca-file=${server.authority}`,
    `--kubelet-certificate-authority=${kubelet.authority}`,
    `--kubelet-client-certificate=${kubelet.certificate}`,
    `--kubelet-client-key=${kubelet.key}`,
    `--proxy-client-cert-file=${proxy.certificate}`,
    `--proxy-client-key-file=${proxy.key}`,
    `--requestheader-client-ca-file=${proxy.authority}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--service-account-issuer=https://kubernetes.default.svc.${settings.clusterDomain}`,
    `--service-account-key-file=${keys.publicKey}`,
    `--service-account-signing-key-file=${keys.privateKey}`,
  ]
}

/** Who did what, for everything; what c8s decides about is kept whole. Bodies of Secrets never are. */
function describeAuditPolicy(site: Site): ConfigFile {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
      {
        level: 'RequestResponse',
        verbs: ['create', 'update', 'patch', 'delete'],
        resources: [{ group: 'c8s.dev' }, { group: 'batch', resources: ['jobs'] }],
      },
      { level: 'Metadata' },
    ],
  }
  return { path: join(site.config, 'audit-policy.json'), content: JSON.stringify(policy, null, 2) }
}

export function describeControllerManager({ site, tools }: PartContext): Part {
  const keys = certificatePaths(site, 'kube-controller-manager')
  return {
    name: 'kube-controller-manager',
    command: tools['kube-controller-manager'] as string,
    args: [
      ...renderControllerFlags(site, 'kube-controller-manager', ports.controllerManager),
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${serviceAccountKeys(site).privateKey}`,
      `--root-ca-file=${keys.authority}`,
      `--cluster-signing-cert-file=${authorityPath(site, 'cluster-ca')}`,
      `--cluster-signing-key-file=${join(site.pki, 'cluster-ca.key')}`,
      '--allocate-node-cidrs=true',
      `--cluster-cidr=${settings.podRange}`,
      `--node-cidr-mask-size=${settings.podRange.split('/')[1]}`,
      '--concurrent-job-syncs=20',
      // Its default lies outside the cluster's folder, and the folder is made at the start.
      `--flex-volume-plugin-dir=${join(site.data, 'volume-plugins')}`,
    ],
    files: [describeKubeconfig(site, 'kube-controller-manager')],
    needs: ['kube-apiserver'],
    health: { url: `https://${settings.nodeAddress}:${ports.controllerManager}/healthz` },
  }
}

export function describeScheduler({ site, tools }: PartContext): Part {
  return {
    name: 'kube-scheduler',
    command: tools['kube-scheduler'] as string,
    args: renderControllerFlags(site, 'kube-scheduler', ports.scheduler),
    files: [describeKubeconfig(site, 'kube-scheduler')],
    needs: ['kube-apiserver'],
    health: { url: `https://${settings.nodeAddress}:${ports.scheduler}/healthz` },
  }
}

/** One replica each, so no leader is elected: a restarted one works at once. */
function renderControllerFlags(site: Site, name: string, port: number): string[] {
  const keys = certificatePaths(site, name)
  const kubeconfig = kubeconfigPath(site, name)
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${settings.nodeAddress}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${keys.certificate}`,
    `--tls-private-key-file=${keys.key}`,
    '--leader-elect=false',
    ...CLIENT_LIMITS,
  ]
}

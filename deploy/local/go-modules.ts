/** One folder under tools/: pinned Go programs, and no Go code of ours. */
export interface GoModule {
  name: string
  /** Tool name → the Go package that builds it. */
  packages: Readonly<Partial<Record<ToolName, string>>>
  ldflags: readonly string[]
}

export type ToolName =
  | 'coredns'
  | 'crane'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'

/** Must equal the version of k8s.io/kubernetes in tools/kubernetes/go.mod; a test compares them. */
export const kubernetesVersion = 'v1.34.4'

const STRIPPED = ['-s', '-w']

export const goModules: readonly GoModule[] = [
  {
    name: 'crane',
    packages: { crane: 'github.com/google/go-containerregistry/cmd/crane' },
    ldflags: STRIPPED,
  },
  {
    name: 'etcd',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    ldflags: STRIPPED,
  },
  {
    name: 'kubernetes',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    ldflags: [...STRIPPED, ...renderVersionFlags(kubernetesVersion)],
  },
  {
    name: 'coredns',
    packages: { coredns: 'github.com/coredns/coredns' },
    ldflags: STRIPPED,
  },
]

/** Without these the server says v0.0.0, and API features are judged by that version. */
export function renderVersionFlags(version: string): string[] {
  const [major, minor] = version.slice(1).split('.')
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((folder) => [
    `-X ${folder}.gitVersion=${version}`,
    `-X ${folder}.gitMajor=${major}`,
    `-X ${folder}.gitMinor=${minor}`,
    `-X ${folder}.gitTreeState=clean`,
  ])
}

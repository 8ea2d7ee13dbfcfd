/** One folder under tools/: pinned Go programs, and no Go code of ours. */
export interface GoModule {
  name: string
  /** Tool name → the Go package that builds it. */
  packages: Readonly<Partial<Record<ToolName, string>>>
  ldflags: readonly string[]
  /** Build tags. */
  tags?: readonly string[]
  /** Has parts in C: needs a C compiler, and the binary the C library of this machine. */
  cgo?: true
  /** What the programs read when they run: globs within a Go module's folder. Copied into `files` beside the binaries. */
  files?: { module: string; globs: readonly string[] }
  /** The same, of a Go module that nothing here is built from: so go.sum does not hold it, and its own sum is here. */
  otherFiles?: { module: string; version: string; sum: string; globs: readonly string[] }
  /** What a first build costs on two cores, where it is worth saying. */
  buildTime?: string
}

export type ToolName =
  | 'argocd'
  | 'coredns'
  | 'crane'
  | 'etcd'
  | 'gitea'
  | 'helm'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'kustomize-controller'
  | 'kwok'

/** Must equal the version of k8s.io/kubernetes in tools/kubernetes/go.mod; a test compares them. */
export const kubernetesVersion = 'v1.34.4'

/** Gitea's templates come from the module itself. The version must equal that in tools/gitea/go.mod; a test compares them. */
export const giteaModule = { path: 'code.gitea.io/gitea', version: 'v1.26.0' } as const

/** Argo CD's CRDs come from the module itself. The version must equal that in tools/argocd/go.mod; a test compares them. */
export const argocdModule = { path: 'github.com/argoproj/argo-cd/v2', version: 'v2.14.21' } as const

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
  {
    name: 'gitea',
    packages: { gitea: giteaModule.path },
    ldflags: [...STRIPPED, `-X main.Version=${giteaModule.version.slice(1)}`],
    tags: ['sqlite', 'sqlite_unlock_notify'],
    cgo: true,
    files: {
      module: giteaModule.path,
      // No front end is built, so pages come without style and script. Each licence costs time at every start.
      globs: ['templates', 'options/{label,readme}', 'options/locale/locale_en-US.json', 'public/assets/img/svg'],
    },
    buildTime: 'about 4 minutes',
  },
  {
    name: 'kwok',
    packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    ldflags: STRIPPED,
    // How its nodes and pods behave; test/perf adds only how long a step lasts.
    files: {
      module: 'sigs.k8s.io/kwok',
      globs: [
        'kustomize/stage/node/{fast,heartbeat-with-lease}/node-*.yaml',
        'kustomize/stage/pod/fast/pod-{ready,delete}.yaml',
      ],
    },
    buildTime: 'about 1 minute',
  },
  {
    name: 'argocd',
    packages: { argocd: `${argocdModule.path}/cmd` },
    ldflags: [...STRIPPED, `-X ${argocdModule.path}/common.version=${argocdModule.version.slice(1)}`],
    files: { module: argocdModule.path, globs: ['manifests/crds/*-crd.yaml'] },
    buildTime: 'about 6 minutes',
  },
  {
    name: 'kustomize-controller',
    packages: { 'kustomize-controller': 'github.com/fluxcd/kustomize-controller' },
    ldflags: STRIPPED,
    files: { module: 'github.com/fluxcd/kustomize-controller', globs: ['config/crd/bases/*.yaml'] },
    // Kinds that it watches. The version of source-controller's API in its go.mod; a test compares them.
    otherFiles: {
      module: 'github.com/fluxcd/source-controller',
      version: 'v1.7.2',
      sum: 'h1:PQLzvgHNEYsstl8uATBZg/70b/i0tj63e0IqnYDeJyg=',
      globs: ['config/crd/bases/*_{buckets,externalartifacts,gitrepositories,ocirepositories}.yaml'],
    },
    buildTime: 'about 3 minutes',
  },
  {
    name: 'helm',
    packages: { helm: 'helm.sh/helm/v3/cmd/helm' },
    ldflags: [
      ...STRIPPED,
      '-X helm.sh/helm/v3/internal/version.version=v3.22.0',
      // The Kubernetes that a chart is rendered for where there is no cluster; v1.20 without.
      ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((at) => [
        `-X helm.sh/helm/v3/${at}.k8sVersionMajor=${kubernetesVersion.slice(1).split('.')[0]}`,
        `-X helm.sh/helm/v3/${at}.k8sVersionMinor=${kubernetesVersion.split('.')[1]}`,
      ]),
    ],
    buildTime: 'about 2 minutes',
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

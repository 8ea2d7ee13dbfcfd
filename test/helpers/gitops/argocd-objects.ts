import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { type KubectlTarget, toKubectlArguments } from '../../../deploy/install/kubectl.ts'
import { runOrThrow, runToEnd } from '../../../deploy/local/run.ts'
import type { Manifest } from '../cluster.ts'
import { eventually } from '../eventually.ts'

/** What we give to people who run Argo CD: health and actions of our kinds. */
const shipped = join(import.meta.dirname, '../../../deploy/argocd/argocd-cm.yaml')

/** kubectl that leaves this process free to do other things meanwhile. */
export function askKubectl(target: KubectlTarget, args: readonly string[], input?: string): Promise<string> {
  return runOrThrow('kubectl', toKubectlArguments(target, args), input === undefined ? {} : { input })
}

export interface ArgoCdObjects {
  /** Takes away what was put there. */
  remove(): Promise<void>
}

/** A namespace with what Argo CD wants to find in one, and its CRDs, unless the cluster has them already. */
export async function applyArgoCdObjects(
  target: KubectlTarget,
  options: { namespace: string; program: string; settings: Readonly<Record<string, string>> },
): Promise<ArgoCdObjects> {
  const { namespace, program, settings } = options
  await removeNamespace(target, namespace)
  await applyCrds(target, program)
  await apply(target, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }])
  await apply(target, [
    { ...inNamespace('ConfigMap', 'argocd-cm', namespace), data: { ...readShippedSettings(), ...settings } },
    inNamespace('ConfigMap', 'argocd-rbac-cm', namespace),
    inNamespace('ConfigMap', 'argocd-cmd-params-cm', namespace),
    inNamespace('ConfigMap', 'argocd-ssh-known-hosts-cm', namespace),
    inNamespace('ConfigMap', 'argocd-tls-certs-cm', namespace),
    inNamespace('ConfigMap', 'argocd-gpg-keys-cm', namespace),
    inNamespace('Secret', 'argocd-secret', namespace),
    aProject(namespace),
  ])
  return {
    remove: async () => {
      await removeNamespace(target, namespace)
      await removeCrds(target)
    },
  }
}

function readShippedSettings(): Readonly<Record<string, string>> {
  if (!existsSync(shipped)) return {}
  return (parse(readFileSync(shipped, 'utf8')) as { data: Readonly<Record<string, string>> }).data
}

/** Marks the CRDs that tests brought: another Argo CD's are left alone. */
const [mark, marked] = ['app.kubernetes.io/managed-by', 'c8s-test']

async function applyCrds(target: KubectlTarget, program: string): Promise<void> {
  const files = globSync(join(dirname(program), 'files/manifests/crds/*.yaml'))
  for (const file of files) {
    const isThere = (await runToEnd('kubectl', toKubectlArguments(target, ['get', '-f', file]))).code === 0
    if (isThere) continue
    // Too large for the annotation of a client-side apply.
    await askKubectl(target, ['apply', '--server-side', '-f', file])
    await askKubectl(target, ['label', '-f', file, `${mark}=${marked}`])
  }
  const wait = ['wait', '--for=condition=Established', '--timeout=30s', ...files.flatMap((file) => ['-f', file])]
  // For a moment they have no conditions at all, and kubectl takes that for an error.
  const ask = async () => (await runToEnd('kubectl', toKubectlArguments(target, wait))).code === 0 || undefined
  await eventually("Argo CD's kinds", ask, 60)
}

/** The last Argo CD of the tests takes them along: each has a project. */
async function removeCrds(target: KubectlTarget): Promise<void> {
  const projects = await runToEnd(
    'kubectl',
    toKubectlArguments(target, ['get', 'appprojects.argoproj.io', '-A', '-o', 'name']),
  )
  if (projects.code !== 0 || projects.stdout.trim() !== '') return
  await askKubectl(target, ['delete', 'crd', '-l', `${mark}=${marked}`, '--ignore-not-found', '--timeout=60s'])
}

/** Applications with a finalizer would hold up the namespace when no controller runs any more. */
async function removeNamespace(target: KubectlTarget, namespace: string): Promise<void> {
  const get = ['-n', namespace, 'get', 'applications.argoproj.io', '-o', 'name']
  const found = await runToEnd('kubectl', toKubectlArguments(target, get))
  for (const name of found.stdout.split('\n').filter(Boolean)) {
    const patch = ['patch', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']
    await runToEnd('kubectl', toKubectlArguments(target, ['-n', namespace, ...patch]))
  }
  await askKubectl(target, ['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s'])
}

function apply(target: KubectlTarget, items: readonly Manifest[]): Promise<string> {
  return askKubectl(target, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

function inNamespace(kind: 'ConfigMap' | 'Secret', name: string, namespace: string): Manifest {
  // Argo CD looks for its settings by this label.
  const labels = { 'app.kubernetes.io/part-of': 'argocd' }
  return { apiVersion: 'v1', kind, metadata: { name, namespace, labels } }
}

function aProject(namespace: string): Manifest {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ namespace: '*', server: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  }
}

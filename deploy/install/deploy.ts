import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { apiVersion, systemNamespace } from '../../crds/labels.ts'
import { parseExternalURL } from '../../src/forge/register/external-url.ts'
import { type ChosenCluster, chooseCluster } from '../local/choose.ts'
import { createStderrProgress } from '../local/progress.ts'
import { applyDefinitions, chooseDefinitions } from './definitions.ts'
import { refuseDowngrade } from './downgrade.ts'
import { ensureImage } from './image.ts'
import { type KubectlTarget, kubectl, tryKubectl } from './kubectl.ts'
import { renderInstall } from './manifests.ts'
import { parseImage } from './slots.ts'
import { listFirst } from './stages.ts'

const roles = ['admission', 'controller', 'server']
/** Until new pods run and the webhooks' certificate is known to the API server. */
const answerLimitMs = 60_000

/** Server-side, so that what the admission role writes (caBundle) is not taken away by an upgrade. */
function applyObjects(target: KubectlTarget, objects: readonly object[]): void {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const args = ['apply', '--server-side', '--force-conflicts', '--field-manager=c8s-deploy', '-f', '-']
  kubectl(target, args, list)
}

function waitForRollout(target: KubectlTarget, role: string): void {
  kubectl(target, ['rollout', 'status', `deployment/c8s-${role}`, '-n', systemNamespace, '--timeout=180s'])
}

/** Webhooks are asked and there to answer. A replica is ready only where a configuration trusts it, so without nobody can wait for it. */
function isInstalled(target: KubectlTarget): boolean {
  const found = ['mutatingwebhookconfiguration/c8s', `deployment/c8s-admission`].map((name) =>
    tryKubectl(target, ['get', name, '-n', systemNamespace, '-o', 'name']),
  )
  return found.every(({ code }) => code === 0)
}

/** A dry run through both webhooks: the one proof that the API server reaches them and trusts them. */
async function waitForWebhooks(target: KubectlTarget): Promise<void> {
  const spec = {
    repository: 'https://example.com/probe',
    steps: [{ name: 'probe', image: 'probe', commands: ['true'] }],
  }
  const probe = { apiVersion, kind: 'PipelineConfig', metadata: { name: 'c8s-probe', namespace: 'default' }, spec }
  const end = performance.now() + answerLimitMs
  for (;;) {
    const { code, stderr } = tryKubectl(target, ['create', '--dry-run=server', '-f', '-'], JSON.stringify(probe))
    if (code === 0) return
    if (performance.now() > end) throw new Error(`the webhooks do not answer: ${stderr.trim()}`)
    await sleep(200)
  }
}

/**
 * Installs this checkout's c8s, or upgrades what is there, and waits until it works. Answers the image's reference.
 * `externalURL` is where forges and people reach c8s-server: its Service in the cluster when left out.
 */
export async function deployC8s(
  cluster: ChosenCluster,
  externalURL = process.env['C8S_EXTERNAL_URL'],
): Promise<string> {
  const progress = createStderrProgress()
  const settings = { externalURL: parseExternalURL(externalURL) }
  const image = await ensureImage(cluster, progress)
  await progress.during('applying CRDs and manifests', async () => {
    applyDefinitions(cluster)
    const objects = renderInstall({ ...settings, image: parseImage(image) })
    if (isInstalled(cluster)) {
      applyObjects(cluster, listFirst(objects))
      waitForRollout(cluster, 'admission')
    }
    applyObjects(cluster, objects)
  })
  await progress.during('waiting until c8s is ready', async () => {
    for (const role of roles) waitForRollout(cluster, role)
    await waitForWebhooks(cluster)
  })
  return image
}

if (import.meta.main) {
  const options = { 'external-url': { type: 'string' }, 'allow-downgrade': { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  const cluster = await chooseCluster({ followKubeconfig: true })
  if (values['allow-downgrade'] !== true) refuseDowngrade(cluster, chooseDefinitions(cluster))
  const image = await deployC8s(cluster, values['external-url'])
  console.error(`c8s is ready: ${image}`)
}

import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, renderReview, toBytes } from '../helpers/admission.ts'
import { type Row, toFigure } from './measurement.ts'

const steps = 100
const count = 200

function renderConfig(): KubeObject {
  const step = (i: number) => ({
    name: `step-${i}`,
    image: 'registry.example.com/tools/build:1.2.3',
    commands: ['npm ci', 'npm run build', `npm test -- --shard ${i}/${steps}`],
    dependsOn: i === 0 ? [] : [`step-${Math.floor((i - 1) / 2)}`],
    resources: { cpu: '500m', memory: '1Gi' },
    timeout: '10m',
    env: [{ name: 'SHARD', value: String(i) }],
  })
  const spec = { repository: 'https://example.com/app', steps: Array.from({ length: steps }, (_, i) => step(i)) }
  const metadata = { name: 'large', namespace: 'team-a' }
  return { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineConfig', metadata, spec } as KubeObject
}

/** Own CPU of both webhooks together for one create of a config with 100 steps, from bytes to answer, in ms. */
export async function measureConfigAdmission(): Promise<readonly Row[]> {
  const { service } = createTestAdmission()
  const review = toBytes(renderReview({ type: resourceTypes.pipelineConfig, object: renderConfig() }))
  const admit = async () => {
    const answers = [await service.mutate(review), await service.validate(review)]
    if (!answers.every(({ body }) => body.response.allowed)) throw new Error('the config was refused')
  }
  // The first requests are compiled, not judged.
  for (let i = 0; i < 20; i += 1) await admit()
  const before = process.cpuUsage()
  for (let i = 0; i < count; i += 1) await admit()
  const { user, system } = process.cpuUsage(before)
  const value = (user + system) / 1000 / count
  return [toFigure({ id: 'config-cpu', what: 'admitting a config with 100 steps, CPU', value, target: 10, unit: 'ms' })]
}

import { expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Workspace } from '../../crds/parts/placement.ts'
import { freezePlan } from '../../crds/plan.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'
import type { RunPlan } from './run-plan.ts'
import { renderClaim } from './workspace.ts'

const steps = [
  { name: 'build', image: 'i', commands: ['c'] },
  { name: 'test', image: 'i', commands: ['c'], dependsOn: ['build'] },
]
const makeShared = (workspace?: Workspace) =>
  makeRun(freezePlan({ repository: 'https://git.example/r', steps, ...(workspace === undefined ? {} : { workspace }) }))

const playRun = (workspace?: Workspace, script?: Script, stop?: (cluster: SimulatedCluster) => void) =>
  settle(makeShared(workspace), script, stop)

function settle(run: PipelineRun, script: Script = {}, stop?: (cluster: SimulatedCluster) => void) {
  const plans: RunPlan[] = []
  const witness = { planned: (_: unknown, plan: RunPlan) => void plans.push(plan) }
  const cluster = new SimulatedCluster({ run, script, witness })
  stop?.(cluster)
  expect(cluster.settle()).toBe(true)
  return { cluster, plans }
}

const scripts: readonly Script[] = [{}, { build: [{ does: 'exit', code: 1 }] }, { build: [{ does: 'evict' }] }]

it.each(scripts)('is claimed with the first Job, never anew, and removed with the end of the run: %j', (script) => {
  const { plans } = playRun({ size: '5Gi' }, script)
  const starting = plans.filter(({ creations }) => creations.length > 0)
  expect(starting.map(({ companions }) => companions.length)).toEqual(starting.map((_, i) => (i === 0 ? 1 : 0)))
  expect(plans.flatMap(({ companions }) => companions)).toHaveLength(1)
  const removing = plans.filter(({ removals }) => removals.length > 0)
  expect(removing.length).toBeGreaterThan(0)
  for (const { status, creations } of removing) {
    expect([status?.completionTime, creations]).toEqual([expect.any(String), []])
  }
  const [claim] = plans.flatMap(({ companions }) => companions)
  expect(removing[0]?.removals).toEqual([{ type: claim?.type, name: claim?.object.metadata.name }])
})

it('is claimed by a run that takes the first step over: that one had its volume elsewhere', () => {
  const run = makeShared({ size: '5Gi' })
  const reused = [{ step: 'build', run: 'earlier', podName: 'earlier-build' }]
  const taking = { ...run, spec: { ...run.spec, ...(run.spec.plan && { plan: { ...run.spec.plan, reused } }) } }
  const { cluster, plans } = settle(taking)
  expect(cluster.run.status?.steps?.find(({ name }) => name === 'build')).toMatchObject({ reason: 'Reused' })
  expect(plans.flatMap(({ companions }) => companions)).toHaveLength(1)
})

it('is never claimed by a run that was cancelled before it began', () => {
  const { plans } = playRun({ size: '5Gi' }, {}, (cluster) => cluster.cancel())
  expect(plans.flatMap(({ companions }) => companions)).toEqual([])
})

it('is nothing to a run without one', () => {
  const { plans } = playRun()
  expect(plans.flatMap(({ companions, removals }) => [...companions, ...removals])).toEqual([])
})

it('belongs to its run, and asks for what the plan says', () => {
  const claim = renderClaim(makeShared(), { size: '5Gi' })
  expect(claim).toMatchInlineSnapshot(`
    {
      "apiVersion": "v1",
      "kind": "PersistentVolumeClaim",
      "metadata": {
        "labels": {
          "app.kubernetes.io/managed-by": "c8s",
          "app.kubernetes.io/part-of": "c8s",
          "c8s.dev/run": "run",
          "c8s.dev/run-uid": "uid-run",
        },
        "name": "run-workspace-810bqv74f4",
        "namespace": "team",
        "ownerReferences": [
          {
            "apiVersion": "c8s.dev/v1alpha1",
            "blockOwnerDeletion": true,
            "controller": true,
            "kind": "PipelineRun",
            "name": "run",
            "uid": "uid-run",
          },
        ],
      },
      "spec": {
        "accessModes": [
          "ReadWriteOnce",
        ],
        "resources": {
          "requests": {
            "storage": "5Gi",
          },
        },
      },
    }
  `)
  const wide = renderClaim(makeShared(), { size: '1Gi', storageClassName: 'nfs', accessMode: 'ReadWriteMany' })
  expect(wide.spec).toEqual({
    accessModes: ['ReadWriteMany'],
    storageClassName: 'nfs',
    resources: { requests: { storage: '1Gi' } },
  })
})

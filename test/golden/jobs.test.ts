import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import type { PipelineRun } from '../../crds/kinds.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed } from '../helpers/admission.ts'
import { aSecret } from '../helpers/admission-objects.ts'
import { FakeKube } from '../helpers/fake-kube.ts'

/** `<case>/input.yaml` (a run with its plan, or a user's own Job, and the namespace) → the whole Job as it is stored. */
const root = join(import.meta.dirname, 'jobs')

test.each(readdirSync(root))('%s', async (name) => {
  const documents = parseAllDocuments(readFileSync(join(root, name, 'input.yaml'), 'utf8'))
  const [main, namespace] = documents.map((document) => document.toJS() as KubeObject)
  if (main === undefined || namespace === undefined) throw new Error('two documents are wanted')
  const kube = new FakeKube()
  await seed(kube, namespace, aSecret('registry'), aSecret('forge-key'))
  const { user, object } = main.kind === 'Job' ? { user: dev, object: main } : await renderStep(kube, main as PipelineRun)
  const stored = await createTestAdmission(kube).create({ type: resourceTypes.job, object, user })
  expect(stored.response).toEqual({ uid: 'review-1', allowed: true })
  const text = stringify(stored.object, { lineWidth: 0, aliasDuplicateObjects: false })
  await expect(text).toMatchFileSnapshot(join(root, name, 'result.yaml'))
})

/** The fake cluster gives the run a uid of its own; the golden file keeps the one in the input. */
async function renderStep(kube: FakeKube, run: PipelineRun) {
  const step = run.spec.plan && listPlannedSteps(run.spec.plan)[0]
  if (step === undefined) throw new Error('a run with a step is wanted')
  const get = kube.get.bind(kube)
  kube.get = async <T extends KubeObject>(...[type, key]: Parameters<typeof kube.get>) =>
    type === resourceTypes.pipelineRun ? (run as KubeObject as T) : get<T>(type, key)
  return { user: controller, object: renderJob({ run, step, attempt: 1, ttlSeconds: 3600 }) }
}

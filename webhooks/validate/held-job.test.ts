import { expect, test } from 'vitest'
import { annotations, controllerUser } from '../../crds/labels.ts'
import { holdJob } from '../../src/controller/held-jobs.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, seed } from '../../test/helpers/admission.ts'
import { aNamespace, anOwnJob } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import type { AdmissionRequest } from '../request.ts'
import { validateHeldChange, validateHeldJob } from './held-job.ts'

const template = { spec: { containers: [{ name: 'step', image: 'node:24' }] } }
const plain: Job = { metadata: { name: 'j' }, spec: { template } }
const held = holdJob(plain)
const started: Job = { ...held, spec: { template, suspend: false } }

test.each([
  ['of the controller', controllerUser, held, []],
  ['of somebody else', 'dev', held, [`metadata.annotations[${annotations.held}]`]],
  ['that would start', controllerUser, started, [`metadata.annotations[${annotations.held}]`]],
] as const)('a Job that nobody completed %s', (...[, username, object, paths]) => {
  const request = { object, user: { username } } as unknown as AdmissionRequest
  expect(validateHeldJob(request).map(({ path }) => path)).toEqual(paths)
})

test.each([
  ['a label more', held, { ...held, metadata: { ...held.metadata, labels: { a: 'b' } } }, []],
  ['resumed', held, started, ['spec.suspend']],
  ['resumed, the mark taken off', held, { ...plain, spec: { template, suspend: false } }, ['spec.suspend']],
  ['the mark taken off', held, { ...plain, spec: held.spec }, [`metadata.annotations[${annotations.held}]`]],
  ['the mark put on a Job that was completed', plain, held, [`metadata.annotations[${annotations.held}]`]],
  ['a plain one resumed', { ...plain, spec: { template, suspend: true } }, plain, []],
] as const)('a change: %s', (...[, before, after, paths]) => {
  expect(validateHeldChange(before, after as Job).map(({ path }) => path)).toEqual(paths)
})

test("a user's own Job cannot have itself resumed by the mark", async () => {
  const kube = new FakeKube()
  await seed(kube, aNamespace())
  const own = anOwnJob({ [annotations.held]: 'admission' })
  const object = { ...own, spec: { ...own.spec, suspend: true } }
  const created = await createTestAdmission(kube).create({ type: resourceTypes.job, object })
  expect((created.object as Job).spec?.suspend).toBe(true)
  expect(created.response.status?.message).toContain(`metadata.annotations[${annotations.held}]: Forbidden`)
})

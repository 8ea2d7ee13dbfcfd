import { applyPatch, type Operation } from 'rfc6902'
import { createValidators, type Validators } from '../../crds/validate.ts'
import type { KubeObject, ResourceType, UserInfo } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createAdmissions } from '../../webhooks/admit.ts'
import type { AdmissionSettings } from '../../webhooks/facts.ts'
import type { FactSource } from '../../webhooks/gather.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import type { ReviewResponse } from '../../webhooks/response.ts'
import { type AdmissionService, createAdmissionService, type Fault } from '../../webhooks/service.ts'
import { FakeKube } from './fake-kube.ts'

export const dev: UserInfo = { username: 'dev', uid: 'dev-uid', groups: ['team-a', 'system:authenticated'] }
export const controller: UserInfo = { username: 'system:serviceaccount:c8s-system:c8s-controller', groups: [] }

export const server: UserInfo = { username: 'system:serviceaccount:c8s-system:c8s-server', groups: [] }

export const someSettings: AdmissionSettings = { image: 'registry.test/c8s:1', strictReferences: false }
export const testTime = Date.parse('2026-11-21T10:00:00Z')

export interface ReviewOptions {
  readonly type: ResourceType
  readonly object?: object
  readonly oldObject?: object
  readonly operation?: string
  readonly subresource?: string
  readonly user?: UserInfo
  readonly dryRun?: boolean
}

/** An AdmissionReview as the API server would send it. */
export function renderReview(options: ReviewOptions) {
  const { type, object, oldObject, user = dev, dryRun = false, subresource } = options
  const operation = options.operation ?? (oldObject === undefined ? 'CREATE' : 'UPDATE')
  const { metadata } = (object ?? oldObject) as KubeObject
  const resource = { group: type.group, version: type.version, resource: type.plural }
  const kind = { group: type.group, version: type.version, kind: type.kind }
  const request = {
    uid: 'review-1',
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    ...(subresource === undefined ? {} : { subResource: subresource }),
    name: metadata.name,
    namespace: metadata.namespace,
    operation,
    userInfo: user,
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun,
    options: null,
  }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
}

export function toBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

export interface TestAdmission {
  readonly service: AdmissionService
  readonly faults: Fault[]
  /** What the mutating webhook makes of the object. */
  mutate(
    options: ReviewOptions,
  ): Promise<{ readonly object: KubeObject; readonly response: ReviewResponse['response'] }>
  validate(options: ReviewOptions): Promise<ReviewResponse['response']>
  /** What the audit log is told of the same. */
  audit(options: ReviewOptions): Promise<ReviewResponse['response']['auditAnnotations']>
  /** Both webhooks, one after the other, as a create goes. */
  create(
    options: ReviewOptions,
  ): Promise<{ readonly object: KubeObject; readonly response: ReviewResponse['response'] }>
}

let validators: Validators | undefined

/** Compiling the schemas takes longer than most tests. */
function shareValidators(): Validators {
  validators ??= createValidators()
  return validators
}

export interface TestAdmissionOptions {
  readonly settings?: AdmissionSettings
  readonly near?: NearObjects
}

export function createTestAdmission(
  source: FactSource = new FakeKube(),
  { settings = someSettings, near }: TestAdmissionOptions = {},
): TestAdmission {
  const faults: Fault[] = []
  const service = createAdmissionService({
    ...createAdmissions(shareValidators()),
    source,
    ...(near === undefined ? {} : { near }),
    clock: { now: () => testTime },
    settings,
    onFault: (fault) => faults.push(fault),
    onAnswer: () => undefined,
  })
  const mutate: TestAdmission['mutate'] = async (options) => {
    const { body } = await service.mutate(toBytes(renderReview(options)))
    return {
      object: applyReview((options.object ?? options.oldObject) as KubeObject, body.response),
      response: body.response,
    }
  }
  const judge = async (options: ReviewOptions) => (await service.validate(toBytes(renderReview(options)))).body.response
  const validate: TestAdmission['validate'] = async (options) => {
    const { auditAnnotations: _audit, ...verdict } = await judge(options)
    return verdict
  }
  const audit: TestAdmission['audit'] = async (options) => (await judge(options)).auditAnnotations
  const create: TestAdmission['create'] = async (options) => {
    const { object, response } = await mutate(options)
    if (!response.allowed) return { object, response }
    const verdict = await validate({ ...options, object })
    const warnings = [...(response.warnings ?? []), ...(verdict.warnings ?? [])]
    return { object, response: { ...verdict, ...(warnings.length === 0 ? {} : { warnings }) } }
  }
  return { service, faults, mutate, validate, audit, create }
}

/** The object with the patch of the answer applied, as the API server does it. */
export function applyReview(object: KubeObject, { patch }: ReviewResponse['response']): KubeObject {
  const result = structuredClone(object)
  if (patch === undefined) return result
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as Operation[]
  const failed = applyPatch(result, operations).filter((outcome) => outcome !== null)
  if (failed.length > 0) throw new Error(`the patch does not apply: ${String(failed[0])}`)
  return result
}

/** Puts the objects into the fake cluster. */
export async function seed(kube: FakeKube, ...objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const type = Object.values(resourceTypes).find(({ kind }) => kind === object.kind)
    if (type === undefined) throw new Error(`unknown kind ${object.kind ?? ''}`)
    await kube.create(type, object)
  }
}

import { resourceTypes } from '../../src/lib/resource-types.ts'
import { renderReview } from './admission.ts'
import { aConfig, anOwnJob, aRun } from './admission-objects.ts'

/** Bytes that no API server sends, and whether the answer can still name the uid. */
export interface HostileReview {
  readonly name: string
  readonly bytes: Uint8Array
  readonly hasUid: boolean
}

const good = renderReview({ type: resourceTypes.pipelineRun, object: aRun() })
const update = renderReview({ type: resourceTypes.pipelineConfig, object: aConfig(), oldObject: aConfig() })
const job = renderReview({ type: resourceTypes.job, object: anOwnJob() })

const raw = (name: string, text: string | Uint8Array, hasUid = false): HostileReview => ({
  name,
  bytes: typeof text === 'string' ? Buffer.from(text) : text,
  hasUid,
})
const body = (name: string, value: unknown, hasUid = false) => raw(name, JSON.stringify(value), hasUid)
const request = (name: string, change: object, hasUid = true) =>
  body(name, { ...good, request: { ...good.request, ...change } }, hasUid)
const object = (name: string, change: object) => request(name, { object: { ...aRun(), ...change } })
const metadata = (name: string, change: object) => object(name, { metadata: { ...aRun().metadata, ...change } })
const user = (name: string, userInfo: unknown) => request(name, { userInfo })
const template = (name: string, change: object) => {
  const own = anOwnJob()
  const spec = { ...own.spec, template: { ...own.spec?.template, ...change } }
  return body(name, { ...job, request: { ...job.request, object: { ...own, spec } } }, true)
}
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** Reviews that must be answered with allowed: false, whatever is behind them. */
export const hostileReviews: readonly HostileReview[] = [
  raw('nothing', ''),
  raw('white space', ' \n'),
  raw('no JSON', 'apiVersion: admission.k8s.io/v1'),
  raw('half a JSON', JSON.stringify(good).slice(0, -20)),
  raw('two JSONs', `${JSON.stringify(good)}${JSON.stringify(good)}`),
  raw('bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d)),
  raw('UTF-16', Buffer.from(JSON.stringify(good), 'utf16le')),
  raw('NaN', '{"request": NaN}'),
  raw('a number', '12'),
  raw('null', 'null'),
  raw('true', 'true'),
  raw('text', '"AdmissionReview"'),
  raw('a list', '[]'),
  raw('a list of reviews', JSON.stringify([good])),
  raw('an empty map', '{}'),
  raw('nested lists, deep', deep(100_000)),
  body('another apiVersion', { ...good, apiVersion: 'admission.k8s.io/v1beta1' }, true),
  body('an apiVersion that is a list', { ...good, apiVersion: ['admission.k8s.io/v1'] }, true),
  body('another kind', { ...good, kind: 'SubjectAccessReview' }, true),
  body('no kind', { ...good, kind: undefined }, true),
  body('no request', { ...good, request: undefined }),
  body('a request that is null', { ...good, request: null }),
  body('a request that is a list', { ...good, request: [good.request] }),
  body('a response instead of a request', { ...good, request: undefined, response: { uid: 'x', allowed: true } }),
  request('no uid', { uid: undefined }, false),
  request('an empty uid', { uid: '' }, false),
  request('a uid that is a number', { uid: 7 }, false),
  request('a uid that is a map', { uid: { toString: 'x' } }, false),
  request('a uid without end', { uid: 'u'.repeat(100_000) }, false),
  request('no operation', { operation: undefined }),
  request('an operation in lower case', { operation: 'create' }),
  request('an operation that does not exist', { operation: 'PATCH' }),
  request('an operation that is inherited', { operation: 'constructor' }),
  request('no resource', { resource: undefined }),
  request('a resource that is text', { resource: 'pipelineruns' }),
  request('a resource without name', { resource: { group: 'c8s.dev', version: 'v1alpha1', resource: '' } }),
  request('a resource with numbers', { resource: { group: 1, version: 2, resource: 3 } }),
  request('no kind of the request', { kind: undefined }),
  request('kind and resource disagree', { kind: { group: 'c8s.dev', version: 'v1alpha1', kind: 'PipelineConfig' } }),
  request('kind of another group', { kind: { group: 'evil.dev', version: 'v1alpha1', kind: 'PipelineRun' } }),
  request('kind of another version', { kind: { group: 'c8s.dev', version: 'v2', kind: 'PipelineRun' } }),
  request('resource of another version', {
    resource: { group: 'c8s.dev', version: 'v9', resource: 'pipelineruns' },
  }),
  request('an object of another kind', { object: aConfig() }),
  request('an old object of another kind', { operation: 'UPDATE', oldObject: aConfig() }),
  request('a status subresource of another kind', { subResource: 'status', operation: 'UPDATE', oldObject: aConfig() }),
  request('a subresource that is a map', { subResource: { x: 1 } }),
  request('no object on CREATE', { object: null }),
  request('an object that is text', { object: 'PipelineRun' }),
  request('an object that is a list', { object: [aRun()] }),
  request('no object on UPDATE', { operation: 'UPDATE', object: null, oldObject: aRun() }),
  request('no old object on UPDATE', { operation: 'UPDATE' }),
  request('a dryRun that is text', { dryRun: 'yes' }),
  request('a namespace that is a number', { namespace: 5 }),
  request('a name that is a list', { name: ['x'] }),
  user('no user', undefined),
  user('a user that is text', 'admin'),
  user('a user without name', { groups: [] }),
  user('a user whose name is a list', { username: ['system:admin'] }),
  user('groups that are text', { username: 'x', groups: 'system:masters' }),
  user('groups with a number', { username: 'x', groups: [1] }),
  user('extra that is a list', { username: 'x', extra: [] }),
  user('extra with text', { username: 'x', extra: { a: 'b' } }),
  user('a user uid that is a number', { username: 'x', uid: 1 }),
  object('no apiVersion', { apiVersion: undefined }),
  object('no metadata', { metadata: undefined }),
  object('metadata that is a list', { metadata: [] }),
  object('no spec', { spec: undefined }),
  object('a spec that is text', { spec: 'x' }),
  object('a spec that is a list', { spec: [] }),
  object('a spec with a list for a reference', { spec: { commit: 'abc1234', pipelineConfigRef: ['app'] } }),
  object('steps that are a map', { spec: { commit: 'abc1234', pipelineSpec: { steps: { 0: {} } } } }),
  object('steps that are null', { spec: { commit: 'abc1234', pipelineSpec: { repository: 'x', steps: [null] } } }),
  object('steps of wrong types', {
    spec: { commit: 1, pipelineSpec: { steps: [{ name: 1, resources: [], secrets: [7, null], env: 3 }] } },
  }),
  metadata('labels that are text', { labels: 'a=b' }),
  metadata('labels with a number', { labels: { a: 1 } }),
  metadata('annotations that are a list', { annotations: ['a'] }),
  metadata('owners that are a map', { ownerReferences: {} }),
  metadata('owners without uid', { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x' }] }),
  metadata('a name that is a map', { name: {} }),
  metadata('a deletionTimestamp that is a number', { deletionTimestamp: 1 }),
  metadata('finalizers with null', { finalizers: [null] }),
  template('a template that is text', { spec: 'x' }),
  template('containers that are a map', { spec: { containers: {} } }),
  template('a container that is null', { spec: { containers: [null] } }),
  template('a container without name', { spec: { containers: [{ image: 'x' }] } }),
  template('an environment that is a map', { spec: { containers: [{ name: 'a', env: { A: 'b' } }] } }),
  template('a command of numbers', { spec: { containers: [{ name: 'a', command: [1] }] } }),
  template('mounts without path', { spec: { containers: [{ name: 'a', volumeMounts: [{ name: 'v' }] }] } }),
  template('volumes that are text', { spec: { containers: [], volumes: 'x' } }),
  template('template labels with a number', { metadata: { labels: { a: 1 } } }),
  raw('__proto__ instead of an object', JSON.stringify(good).replace('"object":', '"__proto__":'), true),
  raw('__proto__ in the spec', JSON.stringify(good).replace('"commit"', '"__proto__":{"commit":"abc1234"},"x"'), true),
  raw(
    'the same key twice, the last one wrong',
    JSON.stringify(update).replace('"dryRun":false', '"dryRun":false,"dryRun":"no"'),
    true,
  ),
]

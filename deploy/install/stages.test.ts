import { expect, test } from 'vitest'
import { renderInstall } from './manifests.ts'
import { listFirst } from './stages.ts'

test('an upgrade begins with the webhooks, and with all that they need', () => {
  const all = renderInstall({})
  const rest = all.filter((object) => !listFirst(all).includes(object))
  expect(rest.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Deployment c8s-controller',
    'Deployment c8s-server',
    'MutatingWebhookConfiguration c8s',
    'ValidatingWebhookConfiguration c8s',
  ])
})

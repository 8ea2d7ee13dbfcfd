import { expect, test } from 'vitest'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { dev, server } from '../../test/helpers/admission.ts'
import { stampCancel } from './cancel-stamp.ts'

test.each<[string, object, object, UserInfo, object]>([
  ['of no cancel', { cancelledBy: 'me' }, {}, dev, {}],
  ['by a person', { cancel: true, cancelledBy: 'somebody else' }, {}, dev, { cancelledBy: 'dev' }],
  ['at the forge', { cancel: true, cancelledBy: 'github:octocat' }, {}, server, { cancelledBy: 'github:octocat' }],
  ['by c8s itself', { cancel: true }, {}, server, { cancelledBy: server.username }],
  ['once', { cancel: true, cancelledBy: 'x' }, { cancel: true, cancelledBy: 'dev' }, server, { cancelledBy: 'dev' }],
  ['before it was written down', { cancel: true }, { cancel: true }, dev, {}],
])('who cancelled is told %s', (...[, sent, old, user, want]) => {
  expect(stampCancel({ ...sent }, { ...old }, user)).toEqual(want)
})

import { expect, test } from 'vitest'
import { serverLimits } from './server.ts'

/** https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/util/net/http.go */
const apiServerIdleMs = 90_000

test.each(Object.entries(serverLimits))(
  '%s outlives the idle connections of the API server',
  (_limit, milliseconds) => {
    expect(milliseconds).toBeGreaterThan(apiServerIdleMs)
  },
)

test('Node takes the limit of the head only where that of the whole request is not below it', () => {
  expect(serverLimits.headersTimeout).toBeLessThanOrEqual(serverLimits.requestTimeout)
  expect(serverLimits.headersTimeout).toBeGreaterThan(serverLimits.keepAliveTimeout)
})

import { connect } from 'node:tls'
import { expect, test, vi } from 'vitest'
import { createAuthority, createLeaf, generateKeys } from '../certs/pki.ts'
import { bodyLimitMs, listenWithTls, serverLimits } from './server.ts'

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

async function issueLeaf() {
  const now = Date.now()
  const keys = await generateKeys()
  const ca = createAuthority({ keys, serial: Uint8Array.of(1), notBefore: now - 60_000, notAfter: now + 3_600_000 })
  const serial = Uint8Array.of(2)
  return createLeaf(ca, { keys, serial, notBefore: now - 60_000, notAfter: now + 3_600_000, dnsNames: ['localhost'] })
}

test('who sends a body slower than anybody has to is cut off, and holds no memory any longer', async () => {
  const asked = Promise.withResolvers<void>()
  const server = await listenWithTls(() => asked.resolve(), await issueLeaf(), 0)
  const socket = connect({ port: server.port, host: 'localhost', rejectUnauthorized: false })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    socket.write('POST /validate HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{')
    await asked.promise
    vi.advanceTimersByTime(bodyLimitMs)
    await closed
  } finally {
    vi.useRealTimers()
    socket.destroy()
    await server.close()
  }
})

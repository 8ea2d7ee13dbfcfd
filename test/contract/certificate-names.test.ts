import { expect, it } from 'vitest'
import { certificateNames } from '../../certs/names.ts'
import { systemNamespace } from '../../crds/labels.ts'
import { webhookNames } from '../../webhooks/configuration.ts'

it('certs/ keeps the certificates of the Service and the configurations that webhooks/ names', () => {
  expect(certificateNames.secret.namespace).toBe(systemNamespace)
  expect(certificateNames.configurations).toEqual({
    mutating: [webhookNames.mutatingConfiguration],
    validating: [webhookNames.validatingConfiguration],
  })
  const host = `${webhookNames.service}.${systemNamespace}.svc`
  expect(certificateNames.dnsNames).toEqual([host, `${host}.cluster.local`])
})

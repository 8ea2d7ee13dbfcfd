import { expect, test } from 'vitest'
import { describeKubeconfig, renderAdminKubeconfig } from './kubeconfig.ts'
import { planSite } from './site.ts'

test('the administrator has the keys inside, so the file can be copied', () => {
  const config = JSON.parse(renderAdminKubeconfig({ authority: 'CA', certificate: 'CRT', key: 'KEY' }))
  expect(config['current-context']).toBe('c8s-local')
  expect(config.clusters[0].cluster['certificate-authority-data']).toBe(Buffer.from('CA').toString('base64'))
  expect(config.users[0].user).toEqual({
    'client-certificate-data': Buffer.from('CRT').toString('base64'),
    'client-key-data': Buffer.from('KEY').toString('base64'),
  })
})

test('a part points to its own key files', () => {
  const { path, content } = describeKubeconfig(planSite('/state'), 'kube-proxy')
  expect(path).toBe('/state/config/kube-proxy.kubeconfig')
  expect(JSON.parse(content).users[0].user).toEqual({
    'client-certificate': '/state/pki/kube-proxy.crt',
    'client-key': '/state/pki/kube-proxy.key',
  })
})

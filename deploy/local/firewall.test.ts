import { expect, test } from 'vitest'
import { withoutClusterRules } from './firewall.ts'

const foreign = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [2:120]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
COMMIT
`

const mixed = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [2:120]
:CNI-HOSTPORT-DNAT - [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-ABC - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.244.0.0/20 ! -d 10.0.0.0/8 -m comment --comment c8s-local -j MASQUERADE
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-ABC
COMMIT
`

test('the cluster’s chains and rules go, and everybody else’s stay in their order', () => {
  expect(withoutClusterRules(mixed)).toBe(foreign)
})

test('a machine without our rules is left as it is', () => {
  expect(withoutClusterRules(foreign)).toBe(foreign)
})

test('a foreign rule that only talks about kube is not ours', () => {
  const rule = '-A INPUT -p tcp --dport 6443 -m comment --comment "my kube-api" -j ACCEPT'
  expect(withoutClusterRules(rule)).toBe(rule)
})

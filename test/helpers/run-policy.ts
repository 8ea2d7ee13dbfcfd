import { runPolicyName } from '../../crds/run-policy.ts'
import { applyDefinitions } from '../../deploy/install/definitions.ts'
import { type KubectlTarget, kubectl, tryKubectl } from '../../deploy/install/kubectl.ts'
import { eventually } from './eventually.ts'
import { run } from './manifests/manifest.ts'

const probe = 'pipelineruns.c8s.dev/probe'

/** Our kinds as the API server takes them, with the policy in force: it takes one up a moment after it was created. */
export async function serveDefinitions(target: KubectlTarget): Promise<void> {
  applyDefinitions(target)
  kubectl(target, ['-n', 'default', 'create', '-f', '-'], run())
  await waitForRunPolicy(target)
  kubectl(target, ['-n', 'default', 'delete', probe])
}

/** Tries to change the run `probe` of the namespace `default` until the policy refuses it: older definitions have such a rule too. */
async function waitForRunPolicy(target: KubectlTarget): Promise<void> {
  const change = JSON.stringify({ spec: { branch: 'changed' } })
  const args = ['-n', 'default', 'patch', probe, '--type=merge', '--dry-run=server', '-p', change]
  const refusal = new RegExp(`ValidatingAdmissionPolicy '${runPolicyName}' .*branch cannot be changed`)
  const ask = async () => refusal.test(tryKubectl(target, args).stderr) || undefined
  await eventually('the refusal of a changed run', ask, 30)
}

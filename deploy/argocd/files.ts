import { renderYaml } from '../generate/yaml.ts'
import { renderArgoActions, renderArgoSettings, renderArgoWebhookSettings } from './render.ts'
import { approvalScripts, readLua, usualScripts } from './scripts.ts'

/** Patches of the ConfigMap argocd-cm. */
export const argoFiles = [
  { path: 'deploy/argocd/argocd-cm.yaml', render: () => renderYaml([renderArgoSettings(usualScripts, readLua)]) },
  {
    path: 'deploy/argocd/argocd-cm-approvals.yaml',
    render: () => renderYaml([renderArgoActions(approvalScripts, readLua)]),
  },
  { path: 'deploy/argocd/argocd-cm-webhooks.yaml', render: () => renderYaml([renderArgoWebhookSettings()]) },
] as const

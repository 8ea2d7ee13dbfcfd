import { group } from '../../../../crds/labels.ts'
import { type DoctorCheck, error, ok, type Said, warning, whenRead } from '../check.ts'
import type { DoctorFacts } from '../facts.ts'
import { injectorRemedy, isInjected } from '../issued-certificate.ts'

/** The API server reaches the webhooks and trusts them: shown by a create that stores nothing. */
export const webhookAnswers: DoctorCheck = {
  id: 'webhook-answers',
  judge: (facts) =>
    whenRead(facts.probe, (said) => ['refusal' in said ? judgeRefusal(said.refusal, facts) : judgeStamp(said)]),
}

function judgeStamp({ isStamped }: { readonly isStamped: boolean }): Said {
  return isStamped
    ? ok('the API server asks the webhooks, and they answer')
    : error('the API server does not ask the webhooks about a PipelineConfig', 'see the check webhooks')
}

/** A warning: whether ours are reached is not known then. */
const refused = (refusal: string, remedy: string): Said =>
  warning(`a dry run of a PipelineConfig in namespace default is refused: ${refusal}`, remedy)

function judgeOtherRefusal(refusal: string): Said {
  if (/not find the requested resource|no matches for kind|HTTP 404/.test(refusal)) {
    return error('there is no kind PipelineConfig to try the webhooks with', 'see the check definitions')
  }
  return /denied the request|exceeded quota/.test(refusal)
    ? refused(refusal, 'let a PipelineConfig be tried in namespace default; what refuses it is named above')
    : refused(refusal, 'ask as somebody who may create one')
}

/** Order counts: what speaks of a certificate is of a webhook that was reached. */
function judgeRefusal(refusal: string, facts: DoctorFacts): Said {
  const [, name] = /failed calling webhook "([^"]*)"/.exec(refusal) ?? []
  if (name === undefined) return judgeOtherRefusal(refusal)
  if (!name.endsWith(`.${group}`)) {
    return refused(refusal, `webhook "${name}" is not of c8s: see to that one, and ask again`)
  }
  const reason = cutReason(refusal)
  if (/x509|certificate|tls:/i.test(reason)) {
    return error(
      `the API server does not trust the webhooks: ${reason}`,
      isInjected(facts)
        ? injectorRemedy
        : 'c8s-admission writes its CA into both configurations within a minute; if not: kubectl -n c8s-system logs deployment/c8s-admission',
    )
  }
  if (
    /connection refused|no endpoints|no service|not found|i\/o timeout|deadline exceeded|Timeout|EOF|reset by peer|no route/i.test(
      reason,
    )
  ) {
    return error(
      `the API server does not reach the webhooks: ${reason}`,
      'kubectl -n c8s-system get pods,endpointslices; is there a firewall or NetworkPolicy between API server and pods?',
    )
  }
  return error(`the webhooks fail: ${reason}`, 'kubectl -n c8s-system logs deployment/c8s-admission')
}

/** What comes after the URL of the call. */
function cutReason(refusal: string): string {
  const [, reason = refusal] = /failed calling webhook "[^"]*": (?:failed to call webhook: )?(.*)$/s.exec(refusal) ?? []
  return reason.replace(/^Post "[^"]*": /, '').replace(/ \(HTTP \d+ \w*\)$/, '')
}

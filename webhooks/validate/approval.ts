import type { FieldError } from '../../src/lib/field-error.ts'
import { askApprove, type FactNeeds, type Facts, type RightQuestion, toRightKey } from '../facts.ts'
import { toRecord, toText } from '../json.ts'
import { readSpec } from '../mutate/run-source.ts'
import type { AdmissionRequest } from '../request.ts'

/** The question whether the requester may approve; undefined where nothing is newly approved. */
function findQuestion(request: AdmissionRequest): RightQuestion | undefined {
  const commit = toText(readSpec(request)['approvedCommit'])
  const before = toRecord(toRecord(request.oldObject)['spec'])['approvedCommit']
  return commit === undefined || commit === before ? undefined : askApprove(request.user, request.name)
}

export function planApprovalReads(request: AdmissionRequest): FactNeeds {
  const question = findQuestion(request)
  return question === undefined ? {} : { rights: [question] }
}

/** Everybody is asked about, c8s's own accounts too. What may be approved the rules of crds say. */
export function validateApprover(request: AdmissionRequest, facts: Facts): readonly FieldError[] {
  const question = findQuestion(request)
  if (question === undefined || facts.rights.get(toRightKey(question)) === true) return []
  return [
    {
      path: 'spec.approvedCommit',
      code: 'ApprovalForbidden',
      message: `you may not approve runs in the namespace "${request.namespace}"`,
      hint: 'an admin can grant the verb "approve" on pipelineruns.c8s.dev; who may push to the repository can comment /ok-to-test',
    },
  ]
}

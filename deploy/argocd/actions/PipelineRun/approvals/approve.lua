-- The commit of a pull request: the run's own, so that nothing else can be meant.
if obj.status ~= nil and obj.status.reason == "ApprovalRequired" then
  obj.spec.approvedCommit = obj.status.commit or obj.spec.commit
  return obj
end
return answer("Approved")

-- A person is waited for: nothing goes on by itself.
local asks = { ApprovalRequired = true, AwaitingApproval = true }
local ended = { Succeeded = "Healthy", Failed = "Degraded", Cancelled = "Degraded" }

local status = obj.status
if status == nil or status.phase == nil then
  return { status = "Progressing", message = "waiting for controller" }
end
local message = status.message or status.reason or status.phase
-- An end is final, so it is looked at before the generation: a late cancel changes nothing.
if ended[status.phase] ~= nil then
  return { status = ended[status.phase], message = message }
end
if (status.observedGeneration or 0) < (obj.metadata.generation or 0) then
  return { status = "Progressing", message = "waiting for controller" }
end
-- The controller fails on the run and keeps trying: no end, so no Degraded, which would fail a sync for good.
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Stalled" and condition.status == "True" then
    return { status = "Progressing", message = condition.message }
  end
end
if asks[status.reason] then
  return { status = "Suspended", message = message }
end
return { status = "Progressing", message = message }

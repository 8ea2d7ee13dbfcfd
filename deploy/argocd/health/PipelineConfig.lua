-- What a config names may come later, in a later sync wave too, and a wave waits until all before it is Healthy.
-- So a config that waits for that is Healthy, and says what it waits for.
local missing = { SecretNotFound = true, PipelineConfigNotFound = true }

local status = obj.status
if status == nil or (status.observedGeneration or 0) < (obj.metadata.generation or 0) then
  return { status = "Progressing", message = "waiting for controller" }
end
local found = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then found[condition.type] = condition end
end
if found.Stalled ~= nil then
  return { status = "Degraded", message = found.Stalled.message }
end
if found.Ready ~= nil then
  return { status = "Healthy", message = found.Ready.message }
end
if found.Reconciling ~= nil and missing[found.Reconciling.reason] then
  return { status = "Healthy", message = "accepted, but " .. found.Reconciling.message }
end
return { status = "Progressing", message = "waiting for controller" }

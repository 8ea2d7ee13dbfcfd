-- Of configs and connections. What one names may come later, in a later sync wave too, and a wave waits until all before
-- it is Healthy. So one that waits for that is Healthy, and says what it waits for. The same for a connection whose forge
-- does not answer, or refuses the credential: that passes when the forge is back, or the Secret right, without a sync.
local missing = { SecretNotFound = true, PipelineConfigNotFound = true }

local status = obj.status
if status == nil or (status.observedGeneration or 0) < (obj.metadata.generation or 0) then
  return { status = "Progressing", message = "waiting for controller" }
end
local found = {}
local forge = nil
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    found[condition.type] = condition
  elseif condition.type == "WebhookRegistered" or condition.type == "HeadsListed" then
    forge = condition
  end
end
if found.Stalled ~= nil then
  return { status = "Degraded", message = found.Stalled.message }
end
if found.Ready ~= nil and forge ~= nil then
  return { status = "Healthy", message = "accepted, but " .. forge.type .. " is False: " .. forge.message }
end
if found.Ready ~= nil then
  return { status = "Healthy", message = found.Ready.message }
end
if found.Reconciling ~= nil and missing[found.Reconciling.reason] then
  return { status = "Healthy", message = "accepted, but " .. found.Reconciling.message }
end
return { status = "Progressing", message = "waiting for controller" }

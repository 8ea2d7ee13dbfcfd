-- The one step that waits for a person, by its key in spec.approvals; nil and why, where nobody can answer from here.
local function findWaitingStep()
  local gates = {}
  local keys = {}
  for _, step in ipairs(obj.spec.plan ~= nil and obj.spec.plan.steps or {}) do
    if step.approval ~= nil then
      gates[step.name] = step.approval
      keys[step.name] = step.name
      for _, leg in ipairs(step.legs or {}) do keys[leg.name] = step.name end
    end
  end
  local waiting = nil
  for _, row in ipairs(obj.status ~= nil and obj.status.steps or {}) do
    local key = keys[row.name]
    -- A step that calls a pipeline says AwaitingApproval for a step of the called run: that one is to be answered.
    if row.reason == "AwaitingApproval" and key ~= nil and (obj.spec.approvals or {})[key] == nil then
      if waiting ~= nil and waiting ~= key then
        return nil, "steps " .. waiting .. " and " .. key .. " wait: answer each with kubectl patch"
      end
      waiting = key
    end
  end
  if waiting == nil then return nil, "no step of the run waits for approval" end
  if gates[waiting].fourEyes == true then
    return nil, "step " .. waiting .. " needs four eyes, and Argo CD has one account for all: answer with kubectl patch"
  end
  return waiting
end

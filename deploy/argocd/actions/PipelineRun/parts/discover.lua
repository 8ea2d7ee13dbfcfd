local function discover()
  local phase = obj.status ~= nil and obj.status.phase or "Pending"
  local hasEnded = phase == "Succeeded" or phase == "Failed" or phase == "Cancelled"
  -- A called run is run again with the run that called it; a run without a plan has nothing to run.
  local canRerun = hasEnded and obj.spec.parent == nil and obj.spec.plan ~= nil
  local actions = {}
  actions["cancel"] = { disabled = hasEnded or obj.spec.cancel == true }
  actions["rerun"] = { disabled = not canRerun }
  actions["rerun-failed"] = { disabled = not canRerun or phase == "Succeeded" }
  return actions
end

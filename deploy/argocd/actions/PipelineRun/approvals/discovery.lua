local actions = discover()
local mayAnswer = findWaitingStep() ~= nil
local asksForCommit = obj.status ~= nil and obj.status.reason == "ApprovalRequired"
actions["approve"] = { disabled = not (mayAnswer or asksForCommit) }
actions["reject"] = { disabled = not mayAnswer }
return actions

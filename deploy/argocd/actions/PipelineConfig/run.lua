local os = require("os")
local key = "c8s.dev/run-requested"
local annotations = obj.metadata.annotations or {}
local token = annotations[key]
-- A token that is in Git would be a diff, and Argo CD would put it back.
if token ~= nil and not (token >= "argocd-" and token < "argocd.") then
  error("annotation " .. key .. " is set to " .. token .. " already: change it where that was set, as in Git", 0)
end
-- One run a second, however often it is clicked.
annotations[key] = "argocd-" .. os.date("!%Y-%m-%dT%H:%M:%SZ")
obj.metadata.annotations = annotations
return obj

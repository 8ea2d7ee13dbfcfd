-- A token that Git or a person set stays theirs: Argo CD would put it back.
local token = (obj.metadata.annotations or {})["c8s.dev/run-requested"]
local isOurs = token == nil or (token >= "argocd-" and token < "argocd.")
local actions = {}
actions["run"] = { disabled = not isOurs }
return actions

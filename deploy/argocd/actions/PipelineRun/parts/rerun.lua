local function rerun(from)
  -- A new run that runs this one again. It is owned by this one: so Argo CD shows it below, and it goes when this one goes.
  -- No label and no annotation is copied: none of them is about the new run.
  local owner = { apiVersion = obj.apiVersion, kind = obj.kind, name = obj.metadata.name, uid = obj.metadata.uid }
  local run = {
    apiVersion = obj.apiVersion,
    kind = obj.kind,
    metadata = {
      generateName = obj.metadata.name .. "-",
      namespace = obj.metadata.namespace,
      ownerReferences = { owner },
    },
    spec = { rerunOf = { run = obj.metadata.name, from = from } },
  }
  return { { operation = "create", resource = run } }
end

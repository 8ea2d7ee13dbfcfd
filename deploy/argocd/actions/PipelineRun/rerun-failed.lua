return rerun("Failed")

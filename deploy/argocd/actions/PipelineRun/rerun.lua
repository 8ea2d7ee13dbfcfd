return rerun("Start")

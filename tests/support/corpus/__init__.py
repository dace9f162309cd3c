"""Files that cameras, phones, editors and attackers upload, built here one by one so that each shows one oddity."""

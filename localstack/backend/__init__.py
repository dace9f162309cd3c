"""Reference backend: what TOQ's Go service does around the pipeline, with the rights of `toq_app` alone."""

"""The pipeline's surroundings on one machine: LocalStack, MySQL, the deployed stack and the reference backend."""

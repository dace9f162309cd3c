# The one front door: `make help` lists it. Each target sets up what it needs, once, under build/ and .venv/.
PYTHON ?= python3
# WITH need -- command: provides the need (see NEEDS in the script), then runs the command with the project's tools.
WITH := $(PYTHON) -I -S toolchain/bootstrap.py
ENVIRONMENT := $(or $(ENV),dev)
# ENV=local is the platform that `make up` left running: its commands are led there, the others by the shell's account.
THERE := $(if $(filter local,$(ENVIRONMENT)),python -m localstack.local_platform attach --)
STACKS := python -m operations.terraform

.DEFAULT_GOAL := help
.SILENT:
.PHONY: help demo test localstack-test up down status synth artifacts state-bucket provider provider-conformance validate \
	plan plan-review diff deploy outputs migrate migrate-status migrate-rollback migrate-dry-run redrive replay acceptance \
	bench capacity chaos conformance cost lint format tools

help: ## This list
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- On one machine, without an AWS account
demo: ## Real photos and a real video through the whole pipeline; MEDIA=DIR takes yours
	$(WITH) platform -- python -m localstack.demo

test: ## Every test; ARGS='...' goes to pytest
	$(WITH) everything -- python -m pytest -n logical --dist loadgroup $(ARGS)

localstack-test: ## The tests that run the pipeline on the local platform
	$(WITH) everything -- python -m pytest -m localstack $(ARGS)

up: ## Start the local platform in the background; GATEWAY_PORT=, DATABASE_PORT=, BACKEND_PORT= fix a port
	$(WITH) platform -- python -m localstack.local_platform up $(if $(GATEWAY_PORT),--gateway-port $(GATEWAY_PORT)) \
		$(if $(DATABASE_PORT),--database-port $(DATABASE_PORT)) $(if $(BACKEND_PORT),--backend-port $(BACKEND_PORT))

down: ## Stop it
	$(WITH) python -- python -m localstack.local_platform down

status: ## Where it is reached, as export lines
	$(WITH) python -- python -m localstack.local_platform status

# --- Infrastructure; ENV is dev unless given
synth: ## Emit Terraform into cdktf.out/stacks, of every environment or of ENV
	$(WITH) synth -- python main.py

artifacts: ## Build the Lambdas' ZIPs and their layer; ARCHITECTURE=x86_64 instead of arm64
	$(WITH) python -- python -m toolchain.artifacts $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

state-bucket: ## The bucket of ENV's Terraform state, before the first plan
	$(WITH) python -- python -m operations.state_bucket $(ENVIRONMENT)

provider: ## Build the real AWS provider from the Go module proxy, for PROVIDER=built; FULL=1 with all services
	$(WITH) python -- python -m toolchain.provider_build $(if $(FULL),--full)

provider-conformance: ## Hold the stand-in to a real AWS provider, and record that; PLANTED=1 only has wrong values refused
	$(WITH) platform -- python -m localstack.conformance $(if $(PLANTED),--planted)

validate: ## terraform validate of ENV's stack, without an account; PROVIDER=auto|registry|built|standin
	$(WITH) terraform -- $(STACKS) validate $(ENVIRONMENT)

plan: ## terraform plan of ENV, kept in build/plan/
	$(WITH) terraform -- $(THERE) $(STACKS) plan $(ENVIRONMENT)

plan-review: ## Review PLAN=plan.json; FORMAT=markdown|json|sarif|junit|github, OUTPUT=file, LIMIT=0 for all; code in .status
	$(WITH) python -- python -m operations.plan_review $(or $(PLAN),build/plan/$(ENVIRONMENT).json) \
		--title "Terraform plan: $(ENVIRONMENT)" --environment $(ENVIRONMENT) \
		$(addprefix --stack ,$(wildcard cdktf.out/stacks/toq-media-$(ENVIRONMENT)/cdk.tf.json)) \
		--status build/plan/$(ENVIRONMENT).status $(if $(FORMAT),--format $(FORMAT)) $(if $(OUTPUT),--output '$(OUTPUT)') \
		$(if $(LIMIT),--limit $(LIMIT)) $(if $(WHOLE),--whole '$(WHOLE)')

diff: ## cdktf diff of ENV
	$(WITH) cdktf -- $(THERE) $(STACKS) diff $(ENVIRONMENT) $(ARGS)

deploy: ## cdktf deploy of ENV: shows the plan, asks, applies; ENV=local works on `make up`
	$(WITH) cdktf -- $(THERE) $(STACKS) deploy $(ENVIRONMENT) $(ARGS)

outputs: ## What the backend's env.yaml needs of ENV; FORMAT=json instead of yaml
	$(WITH) terraform -- $(THERE) python -m operations.outputs $(ENVIRONMENT) $(if $(FORMAT),--format $(FORMAT))

# --- Database; DATABASE_URL=mysql://user:password@host:port/toq_server
migrate: ## Show and apply the migrations that DATABASE_URL lacks
	$(WITH) python -- python -m operations.migrate up $(ARGS)

migrate-status: ## Which migrations DATABASE_URL has
	$(WITH) python -- python -m operations.migrate status $(ARGS)

migrate-rollback: ## Undo the newest migration
	$(WITH) python -- python -m operations.migrate rollback $(ARGS)

migrate-dry-run: ## Show what `migrate` would run
	$(WITH) python -- python -m operations.migrate dry-run $(ARGS)

# --- Operations
redrive: ## Dead letters of ENV back to where they can be worked on; ARGS=--dry-run only shows them
	$(WITH) terraform -- $(THERE) python -m operations.redrive --env $(ENVIRONMENT) $(ARGS)

replay: ## Process BATCH of ENV once more, as a new attempt; ARGS='--failed --since 12h' for all that failed
	$(WITH) terraform -- $(THERE) python -m operations.replay --env $(ENVIRONMENT) $(if $(BATCH),--batch '$(BATCH)') $(ARGS)

acceptance: ## Prove ENV's account by one batch and report; BATCH= (registered with the backend), LISTING=
	$(WITH) acceptance -- $(THERE) python -m operations.acceptance $(ENVIRONMENT) \
		$(if $(LISTING),--listing '$(LISTING)') $(if $(BATCH),--batch '$(BATCH)')

cost: ## Dollars per listing
	$(WITH) python -- python -m bench.cost

chaos: ## Break the local platform by seeded faults and audit what is left; MINUTES=10, SEED= repeats a run
	$(WITH) platform -- python -m localstack.chaos $(if $(MINUTES),--minutes '$(MINUTES)') $(if $(SEED),--seed '$(SEED)') $(ARGS)

capacity: ## What bends first at LISTINGS_PER_HOUR, the time to READY, and dollars a month
	$(WITH) everything -- python -m bench.capacity $(LISTINGS_PER_HOUR) $(ARGS)

bench: ## Measure against the budgets and the peers; NAMES='photos zip' for some
	$(WITH) everything -- python -m bench $(NAMES)

conformance: ## Compare with the installed decoders on photos and videos of every kind; CASES='jpeg-* video-*' for some
	$(WITH) python -- python -W ignore -m conformance $(foreach case,$(CASES),'$(case)')

lint: synth ## Every static check
	$(WITH) synth -- python -m toolchain.lint

format: ## Format the sources
	$(WITH) python -- ruff format .
	$(WITH) python -- ruff check --fix .

tools: ## Only set up what the others need
	$(WITH) everything
